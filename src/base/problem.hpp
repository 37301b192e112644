#pragma once

#include <span>
#include <string>
#include <string_view>

namespace signet {

// RFC 9457 problem details. `code` is our stable extension member, `instance` the request id.
struct ProblemField {
    std::string_view pointer;
    std::string_view code;
    std::string_view detail;
};

struct Problem {
    int status = 500;
    std::string_view code;
    std::string_view title;
    std::string_view detail;
    std::string_view instance;
    std::span<const ProblemField> errors;
};

inline constexpr std::string_view kProblemMediaType = "application/problem+json";

// Returns {type,title,status,detail,code,instance,errors?}. The type is "urn:signet:error:<code>".
std::string to_json(const Problem& problem);

}  // namespace signet
