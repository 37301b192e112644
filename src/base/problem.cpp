#include "base/problem.hpp"

#include "base/json.hpp"

namespace signet {

std::string to_json(const Problem& problem) {
    std::string out = "{\"type\":" + json_quote("urn:signet:error:" + std::string(problem.code));
    out += ",\"title\":" + json_quote(problem.title);
    out += ",\"status\":" + std::to_string(problem.status);
    out += ",\"detail\":" + json_quote(problem.detail);
    out += ",\"code\":" + json_quote(problem.code);
    out += ",\"instance\":" + json_quote(problem.instance);
    if (!problem.errors.empty()) {
        out += ",\"errors\":[";
        for (const ProblemField& field : problem.errors) {
            if (&field != problem.errors.data()) {
                out += ',';
            }
            out += "{\"pointer\":" + json_quote(field.pointer);
            out += ",\"code\":" + json_quote(field.code);
            out += ",\"detail\":" + json_quote(field.detail) + '}';
        }
        out += ']';
    }
    out += '}';
    return out;
}

}  // namespace signet
