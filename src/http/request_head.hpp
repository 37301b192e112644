#pragma once

#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/request_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::http {

// The head of a request goes through three steps: HeadScanner finds where it ends, guard_head()
// judges it, and parse_head() has Beast read it. Beast's parser accepts input on which two servers
// can disagree about where a request ends (RFC 9112 section 11.2), so it only sees what our own
// code has let through (docs/reference/beast.md).

// Finds the end of a head as the bytes arrive, and refuses bytes that must not be in one: bare CR
// or LF, control characters but the tab, folded lines, and bytes above ASCII in the request line.
// It looks at each byte once. Does no I/O. Not thread-safe.
class HeadScanner {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // `limits` must outlive the scanner.
    explicit HeadScanner(const Limits& limits) : limits_(limits) {}

    // `buffered` begins with the first byte of the request. It holds what the last call saw and
    // what has arrived since.
    State scan(std::string_view buffered);

    // After `complete`: the number of bytes of the head, including its blank line. It is 2 when the
    // request began with an empty line.
    std::size_t size() const { return at_; }

    // Why it refused the bytes. Valid after `refused`.
    RequestError error() const { return error_; }

    // After `refused`: the name of the header in whose line it stopped, or nothing if there is
    // none.
    std::string_view header(std::string_view buffered) const;

    // Prepares it for the next request.
    void reset();

private:
    State refuse(RequestError error);
    State refuse_byte(char c);
    State refuse_size(std::string_view buffered);

    const Limits& limits_;
    std::size_t at_ = 0;          // the next byte to look at
    std::size_t line_start_ = 0;  // where the current line began
    bool after_cr_ = false;
    RequestError error_ = RequestError::bad_request;
};

// How the end of a request's body is found.
enum class Framing : std::uint8_t { none, content_length, chunked };

// What the connection needs to know of a head that passed the guard. The views point into the head.
struct Head {
    Method method = Method::get;
    std::string_view path;      // raw, without the query; "*" for OPTIONS *
    std::string_view query;     // without the '?'
    std::string_view host;      // empty when there is none, which only HTTP/1.0 allows
    bool whole_server = false;  // OPTIONS *
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    std::optional<std::string_view> content_type;
    // The framing does not depend on these two. They are empty when the header is missing or has no
    // value.
    std::string_view authorization;
    std::string_view cookie;
    bool keep_alive = true;  // HTTP/1.1 without Connection: close
    bool expects_continue = false;
};

struct GuardResult {
    std::optional<RequestError> error;  // `head` is complete only when there is none
    std::string_view header;            // with `error`: the name of the header at fault, if any
    Head head;
};

// Judges `block`, a head from its request line to its blank line, as HeadScanner delimited it.
// Thread-safe.
GuardResult guard_head(std::string_view block, const Limits& limits);

// Has Beast parse a head that the guard let through, and replaces `request.headers` by its headers,
// with names in lower case. `head` is what the guard said of `block`. Returns false when Beast
// finds the head malformed, or derives another framing or other fields from it than the guard did:
// a request with two readings is refused. Beast gets only the head, never a body or a trailer, and
// only the beginning of a long Authorization or Cookie value. Thread-safe.
bool parse_head(std::string_view block, const Head& head, Request& request);

}  // namespace signet::http
