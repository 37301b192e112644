#pragma once

#include "http/message.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::http {

// Which web pages may read answers (CORS protocol of the Fetch Standard,
// https://fetch.spec.whatwg.org/#http-cors-protocol). Origins are compared byte by byte, and never
// reflected: what is sent is the entry of the operator's list. Immutable, thread-safe.
class Cors {
public:
    // Takes origins as browsers send them, such as https://app.example.org. With none, no answer
    // has a header of CORS. `headers` are names of request headers that pages may send, beside
    // those that every page needs.
    explicit Cors(const std::vector<std::string>& origins = {},
                  const std::vector<std::string>& headers = {});

    // Returns the header lines of an answer to a request from `origin`, each with its CRLF. The
    // view is valid as long as this object.
    std::string_view lines_for(std::optional<std::string_view> origin) const;

    // Adds to the answer of OPTIONS what a preflight asks for, and returns false if it is one whose
    // origin is not listed. `allow` are the methods of the path.
    bool answer_preflight(const Request& request, std::string_view allow, Response& response) const;

private:
    std::map<std::string, std::string, std::less<>> lines_;
    std::string vary_;
    std::string headers_;
};

}  // namespace signet::http
