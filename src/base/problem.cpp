#include "base/problem.hpp"

#include "base/json.hpp"

namespace signet {

std::string to_json(const Problem& problem) {
    JsonWriter json;
    json.begin_object();
    json.member("type", "urn:signet:error:" + std::string(problem.code));
    json.member("title", problem.title);
    json.member("status", problem.status);
    json.member("detail", problem.detail);
    json.member("code", problem.code);
    json.member("instance", problem.instance);
    if (!problem.errors.empty()) {
        json.key("errors").begin_array();
        for (const ProblemField& field : problem.errors) {
            json.begin_object().member("pointer", field.pointer).member("code", field.code);
            json.member("detail", field.detail).end_object();
        }
        json.end_array();
    }
    return json.end_object().take();
}

}  // namespace signet
