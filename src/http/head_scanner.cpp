#include "http/head_scanner.hpp"

#include <array>

namespace signet::http {
namespace {

// Printable ASCII, and HTAB; CR and LF are looked at apart.
constexpr std::array<bool, 256> make_allowed() {
    std::array<bool, 256> allowed{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) {
        allowed[c] = true;
    }
    allowed['\t'] = true;
    return allowed;
}

constexpr std::array<bool, 256> kAllowed = make_allowed();

}  // namespace

void HeadScanner::reset() {
    at_ = 0;
    line_start_ = 0;
    after_cr_ = false;
}

HeadScanner::State HeadScanner::refuse(Fault fault) {
    fault_ = fault;
    return State::refused;
}

HeadScanner::State HeadScanner::refuse_byte(char c) {
    if (at_ == 0) {
        // No HTTP request begins like this; a TLS ClientHello does. Nobody there reads an answer.
        return refuse(c == ' ' || c == '\t' || c == '\n' ? Fault::bad_request : Fault::not_http);
    }
    return refuse(line_start_ == 0 ? Fault::bad_request : Fault::bad_header);
}

HeadScanner::State HeadScanner::refuse_size(std::string_view buffered) {
    if (line_start_ != 0) {
        return refuse(Fault::head_too_large);
    }
    const bool in_target = buffered.substr(0, at_).find(' ') != std::string_view::npos;
    return refuse(in_target ? Fault::target_too_long : Fault::method_unknown);
}

HeadScanner::State HeadScanner::scan(std::string_view buffered) {
    for (; at_ < buffered.size(); ++at_) {
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
        if (folded || !kAllowed[static_cast<unsigned char>(c)]) {
            return refuse_byte(c);
        }
    }
    return State::more;
}

}  // namespace signet::http
