#pragma once

#include "http/fault.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::http {

// How the end of a request's body is found.
enum class Framing : std::uint8_t { none, content_length, chunked };

// What the session has to know of a head that passed. The views point into the block.
struct Head {
    Method method = Method::get;
    std::string_view path;      // raw, without the query; "*" for OPTIONS *
    std::string_view query;     // without the '?'
    std::string_view host;      // empty: none, which only HTTP/1.0 may do
    bool whole_server = false;  // OPTIONS *
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    std::optional<std::string_view> content_type;
    // On these no framing depends; empty: none, or one without a value.
    std::string_view authorization;
    std::string_view cookie;
    bool keep_alive = true;  // HTTP/1.1 without Connection: close
    bool expects_continue = false;
};

struct Verdict {
    std::optional<Fault> fault;  // none: `head` is right
    Head head;
};

// Judges one head, from the request line to the blank line, that HeadScanner found complete.
// Beast's parser takes a lot that makes two servers disagree on where a request ends
// (RFC 9112 section 11.2), so it gets to see only what passes here. Pure.
Verdict guard_head(std::string_view block, const Limits& limits);

}  // namespace signet::http
