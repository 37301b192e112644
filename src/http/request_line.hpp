#pragma once

#include "http/fault.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"

#include <optional>
#include <string_view>

namespace signet::http {

// RFC 9112 section 3. The views point into the line.
struct RequestLine {
    Method method = Method::get;
    std::string_view authority;  // of the absolute form; empty in the others
    std::string_view path;       // "*" for OPTIONS *
    std::string_view query;      // without the '?'
    bool http_1_0 = false;
};

// Reads `line`, without its CRLF, or says what is wrong with it. CONNECT is refused here with
// method_not_allowed: its target is no path. Pure.
std::optional<Fault> read_request_line(std::string_view line, const Limits& limits,
                                       RequestLine& out);

// Whether `text` is host [":" port] of RFC 3986 section 3.2, not empty and without user name.
bool is_host(std::string_view text);

// Whether both are the same, without regard to case.
bool same_host(std::string_view a, std::string_view b);

}  // namespace signet::http
