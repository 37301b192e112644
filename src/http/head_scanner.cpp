#include "http/request_head.hpp"
#include "http/token.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace signet::http {
namespace {

// Printable ASCII, HTAB, and the bytes above ASCII that a header value may have (obs-text of RFC
// 9110 section 5.5). CR and LF are looked at separately.
constexpr std::array<bool, 256> make_allowed() {
    std::array<bool, 256> allowed{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) {
        allowed[c] = true;
    }
    for (std::size_t c = 0x80; c <= 0xFF; ++c) {
        allowed[c] = true;
    }
    allowed['\t'] = true;
    return allowed;
}

constexpr std::array<bool, 256> kAllowed = make_allowed();

// Counts printable ASCII at the front, in whole words. A head is mostly that, and going by words
// takes a fifth of the time of going by bytes.
std::size_t count_printable(std::string_view bytes) {
    constexpr std::uint64_t kEach = 0x0101010101010101U;
    std::size_t count = 0;
    for (; bytes.size() - count >= sizeof(std::uint64_t); count += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + count, sizeof word);
        // A high bit marks a byte that is not printable. Its neighbour may be marked falsely.
        const std::uint64_t below_space = (word - kEach * 0x20) & ~word;
        const std::uint64_t del = word ^ (kEach * 0x7F);
        const std::uint64_t is_del = (del - kEach) & ~del;
        if (((word | below_space | is_del) & (kEach * 0x80)) != 0) {
            break;
        }
    }
    return count;
}

}  // namespace

void HeadScanner::reset() {
    at_ = 0;
    line_start_ = 0;
    after_cr_ = false;
}

HeadScanner::State HeadScanner::refuse(RequestError error) {
    error_ = error;
    return State::refused;
}

HeadScanner::State HeadScanner::refuse_byte(char c) {
    if (at_ == 0) {
        // A TLS ClientHello begins like this, and no HTTP request does. The peer would not
        // understand an answer.
        return refuse(c == ' ' || c == '\t' || c == '\n' ? RequestError::bad_request
                                                         : RequestError::not_http);
    }
    return refuse(line_start_ == 0 ? RequestError::bad_request : RequestError::bad_header);
}

HeadScanner::State HeadScanner::refuse_size(std::string_view buffered) {
    if (line_start_ != 0) {
        return refuse(RequestError::head_too_large);
    }
    const bool in_target = buffered.substr(0, at_).find(' ') != std::string_view::npos;
    return refuse(in_target ? RequestError::target_too_long : RequestError::method_unknown);
}

HeadScanner::State HeadScanner::scan(std::string_view buffered) {
    const std::string_view within = buffered.substr(0, limits_.head_bytes_max);
    for (; at_ < buffered.size(); ++at_) {
        // At the start of a line a space would fold it, so that byte is looked at below.
        if (!after_cr_ && at_ > line_start_ && at_ < within.size()) {
            at_ += count_printable(within.substr(at_));
            if (at_ == buffered.size()) {
                break;
            }
        }
        const char c = buffered[at_];
        if (at_ >= limits_.head_bytes_max) {
            return refuse_size(buffered);
        }
        if (after_cr_) {
            if (c != '\n') {
                return refuse_byte(c);
            }
            after_cr_ = false;
            const bool blank = line_start_ + 1 == at_;
            line_start_ = at_ + 1;
            if (blank) {
                ++at_;
                return State::complete;
            }
            continue;
        }
        if (c == '\r') {
            after_cr_ = true;
            continue;
        }
        const bool folded = at_ == line_start_ && (c == ' ' || c == '\t');
        const bool high_in_request_line = line_start_ == 0 && is_above_ascii(c);
        if (folded || high_in_request_line || !kAllowed[static_cast<unsigned char>(c)]) {
            return refuse_byte(c);
        }
    }
    return State::more;
}

std::string_view HeadScanner::header(std::string_view buffered) const {
    return line_start_ == 0 ? std::string_view{}
                            : field_name(buffered.substr(line_start_, at_ - line_start_));
}

}  // namespace signet::http
