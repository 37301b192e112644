#pragma once

#include "http/message.hpp"

#include <memory>
#include <string>

namespace signet::http {

// The bytes of an answer that is the same for everybody, as in message.hpp. Thread-safe.
class CachedResponse {
public:
    // Serialises `response` once for each way a request can end (keep-alive or close, GET or HEAD).
    // Throws std::invalid_argument like append_response().
    static std::shared_ptr<const CachedResponse> make(const Response& response);

    // Appends the bytes to `out`, with `date` (29 characters, IMF-fixdate) in its place. `head`
    // leaves the body out; `close` says Connection: close. There is no X-Request-Id.
    void append_to(std::string& out, std::string_view date, bool head, bool close) const;

    int status() const { return status_; }

private:
    CachedResponse() = default;
    std::string keep_alive_;  // status line, headers, blank line, body
    std::string closing_;
    std::size_t body_size_ = 0;
    std::size_t date_offset_ = 0;  // the same in both: Date comes first
    int status_ = 200;
};

}  // namespace signet::http
