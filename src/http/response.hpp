#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace signet::http {

// Formats a time as IMF-fixdate (RFC 9110 section 5.6.7), 29 characters, for years 1 to 9999.
std::string http_date(std::int64_t unix_s);

// The value of the Date header, formatted once a second. Not thread-safe: each I/O thread has its
// own.
class DateCache {
public:
    // The reference is valid until the next call.
    const std::string& at(std::int64_t now_s) {
        if (now_s != at_s_) {
            text_ = http_date(now_s);
            at_s_ = now_s;
        }
        return text_;
    }

private:
    std::int64_t at_s_ = std::numeric_limits<std::int64_t>::min();
    std::string text_;
};

// Hasura's HTTP client refuses longer header lines (docs/reference/hasura.md).
inline constexpr std::size_t kHeaderLineBytesMax = 4095;

// What the connection adds to a Response.
struct ResponseOptions {
    std::string_view date;        // IMF-fixdate
    std::string_view request_id;  // empty for no X-Request-Id
    bool head = false;            // leaves the body out
    bool close = false;           // adds Connection: close
};

// Appends status line, headers and body. Date comes first, so that its place depends on the status
// line alone. Ignores headers of `response` that the connection sets itself: Content-Length,
// Transfer-Encoding, Date, Connection, X-Request-Id. Ignores `response.cached`, too. Throws
// std::invalid_argument, with nothing appended, when a name is no token, a value has a byte that is
// not printable ASCII, or a line is too long, so that no handler can split a response.
void append_response(std::string& out, const Response& response, const ResponseOptions& options);

// The offset of the value of Date in what append_response() appends.
std::size_t date_offset(int status);

// The bytes of an answer that is the same for everybody: serialised once, with a known place for
// the Date. Immutable, shared by all threads.
class CachedResponse {
public:
    // Serialises `response` for keep-alive and close, GET and HEAD.
    // Throws std::invalid_argument like append_response().
    static std::shared_ptr<const CachedResponse> make(const Response& response);

    // Appends the bytes to `out`, with `date` (IMF-fixdate) in its place. `head` leaves the body
    // out; `close` adds Connection: close. There is no X-Request-Id.
    void append_to(std::string& out, std::string_view date, bool head, bool close) const;

    int status() const { return status_; }

private:
    CachedResponse() = default;
    std::string keep_alive_;  // status line, headers, blank line, body
    std::string closing_;
    std::size_t body_size_ = 0;
    std::size_t date_offset_ = 0;  // the same in both
    int status_ = 200;
};

}  // namespace signet::http
