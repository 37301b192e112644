#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace signet::http {

// A longer header line may fail in Hasura's HTTP client.
inline constexpr std::size_t kHeaderLineBytesMax = 4095;

// What the session adds to a Response.
struct Ending {
    std::string_view date;        // IMF-fixdate
    std::string_view request_id;  // empty: no X-Request-Id
    bool head = false;            // answer to HEAD: everything but the body
    bool close = false;           // Connection: close
};

// Appends status line, headers and body. Date comes first, so that its place depends on the status
// line alone. Headers that are the session's (Content-Length, Transfer-Encoding, Date, Connection,
// X-Request-Id) are left out of `response.headers`. Throws std::invalid_argument, with nothing
// appended, when a name is no token, a value has a byte that is not printable ASCII, or a line is
// too long: a handler must not be able to split a response. `response.cached` is not looked at.
void append_response(std::string& out, const Response& response, const Ending& ending);

// Where the value of Date begins in what append_response() appends.
std::size_t date_offset(int status);

}  // namespace signet::http
