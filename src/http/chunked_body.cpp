#include "http/chunked_body.hpp"

#include "base/secret.hpp"
#include "http/token.hpp"

#include <algorithm>
#include <utility>

namespace signet::http {
namespace {

constexpr std::size_t kSizeDigitsMax = 16;

// 16 or more: not a hex digit.
constexpr std::uint64_t hex_value(char c) {
    constexpr std::uint64_t kNone = 16;
    if (is_digit(c)) {
        return static_cast<std::uint64_t>(c - '0');
    }
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? static_cast<std::uint64_t>(lower - 'a') + 10 : kNone;
}

}  // namespace

void append_wiping(std::string& text, std::string_view more) {
    if (text.capacity() - text.size() < more.size()) {
        std::string larger;
        larger.reserve(std::max(text.size() + more.size(), 2 * text.capacity()));
        larger = text;
        text.swap(larger);
        wipe(larger);
    }
    text.append(more);
}

ChunkedBody::State ChunkedBody::refuse(Fault fault) {
    fault_ = fault;
    return State::refused;
}

ChunkedBody::State ChunkedBody::expect(char got, char wanted, At next) {
    if (got != wanted) {
        return refuse(Fault::bad_chunk);
    }
    at_ = next;
    return State::more;
}

ChunkedBody::State ChunkedBody::end_size_line() {
    if (digits_ == 0) {
        return refuse(Fault::bad_chunk);
    }
    if (chunk_ > bytes_left_) {
        return refuse(Fault::body_too_large);
    }
    bytes_left_ -= chunk_;
    digits_ = 0;
    at_ = At::size_lf;
    return State::more;
}

ChunkedBody::State ChunkedBody::take_size(char c) {
    if (c == '\r') {
        return end_size_line();
    }
    const std::uint64_t digit = hex_value(c);
    // A semicolon ends here too: an extension has no use, and no end.
    if (digit > 15 || ++digits_ > kSizeDigitsMax) {
        return refuse(Fault::bad_chunk);
    }
    chunk_ = chunk_ * 16 + digit;
    return State::more;
}

ChunkedBody::State ChunkedBody::take(char c) {
    switch (at_) {
        case At::size:
            return take_size(c);
        case At::size_lf:
            return expect(c, '\n', chunk_ == 0 ? At::last_cr : At::data);
        case At::data_cr:
            return expect(c, '\r', At::data_lf);
        case At::data_lf:
            return expect(c, '\n', At::size);
        case At::last_cr:  // anything but CR would begin a trailer
            return expect(c, '\r', At::last_lf);
        case At::last_lf:
            return expect(c, '\n', At::last_lf) == State::more ? State::complete : State::refused;
        case At::data:
            break;
    }
    return refuse(Fault::bad_chunk);
}

ChunkedBody::State ChunkedBody::feed(std::string_view& wire, std::string& body) {
    while (!wire.empty()) {
        if (at_ == At::data) {
            const std::size_t size = std::min<std::uint64_t>(chunk_, wire.size());
            append_wiping(body, wire.substr(0, size));
            wire.remove_prefix(size);
            chunk_ -= size;
            if (chunk_ == 0) {
                at_ = At::data_cr;
            }
            continue;
        }
        const char c = wire.front();
        wire.remove_prefix(1);
        const State state = take(c);
        if (state != State::more) {
            return state;
        }
    }
    return State::more;
}

}  // namespace signet::http
