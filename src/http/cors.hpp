#pragma once

#include "http/message.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::http {

// Which web pages may read answers (Fetch Standard, section 3.3). Origins are compared byte for
// byte, and never reflected: what is sent is what the operator listed. Immutable; thread-safe.
class Cors {
public:
    // Origins as browsers send them: https://app.example.org. None: no answer says a word of it.
    explicit Cors(const std::vector<std::string>& origins = {});

    // The header lines that an answer to a request from `origin` carries, each with its CRLF. The
    // view lives as long as this.
    std::string_view lines_for(std::optional<std::string_view> origin) const;

    // Adds to the answer of OPTIONS what the preflight of a page that is listed asks for; `allow`
    // are the methods of the path.
    void answer_preflight(const Request& request, std::string_view allow, Response& response) const;

private:
    std::map<std::string, std::string, std::less<>> lines_;
    std::string vary_;
};

}  // namespace signet::http
