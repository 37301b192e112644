#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace signet::http {

// IMF-fixdate (RFC 9110 section 5.6.7), 29 characters, for years 1 to 9999.
std::string http_date(std::int64_t unix_s);

// The Date header's value, put together once a second. Not thread-safe: one an I/O thread.
class DateLine {
public:
    // The reference is good until the next call.
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

}  // namespace signet::http
