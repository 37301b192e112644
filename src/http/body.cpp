#include "http/body.hpp"

#include "base/secret.hpp"
#include "http/token.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace signet::http {
namespace {

constexpr std::size_t kSizeDigitsMax = 16;

}  // namespace

bool BodyBudget::take(std::size_t bytes) {
    std::size_t taken = taken_;
    do {
        if (bytes > bytes_max_ - taken) {
            return false;
        }
    } while (!taken_.compare_exchange_weak(taken, taken + bytes));
    return true;
}

bool BodyReservation::grow_to(std::size_t bytes) {
    if (bytes <= bytes_) {
        return true;
    }
    if (!budget_->take(bytes - bytes_)) {
        return false;
    }
    bytes_ = bytes;
    return true;
}

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

ChunkedBody::State ChunkedBody::refuse(RequestError error) {
    error_ = error;
    return State::refused;
}

ChunkedBody::State ChunkedBody::expect(char got, char wanted, At next) {
    if (got != wanted) {
        return refuse(RequestError::bad_chunk);
    }
    at_ = next;
    return State::more;
}

ChunkedBody::State ChunkedBody::end_size_line() {
    if (digits_ == 0) {
        return refuse(RequestError::bad_chunk);
    }
    if (chunk_ > bytes_left_) {
        return refuse(RequestError::body_too_large);
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
    // A semicolon, which begins a chunk extension, is refused here, too.
    if (!is_hex_digit(c) || ++digits_ > kSizeDigitsMax) {
        return refuse(RequestError::bad_chunk);
    }
    chunk_ = chunk_ * 16 + hex_value(c);
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
        case At::last_cr:  // anything but CR begins a trailer
            return expect(c, '\r', At::last_lf);
        case At::last_lf:
            return expect(c, '\n', At::last_lf) == State::more ? State::complete : State::refused;
        case At::data:
            break;
    }
    return refuse(RequestError::bad_chunk);
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

BodyReader::BodyReader(const Head& head, std::size_t body_bytes_max)
    : bytes_left_(head.content_length) {
    if (head.framing == Framing::chunked) {
        chunks_.emplace(body_bytes_max);
    }
}

BodyReader::State BodyReader::read(ReadBuffer& buffer, std::string& body) {
    const std::string_view buffered = buffer.view();
    if (!chunks_) {
        const std::size_t size = std::min<std::uint64_t>(bytes_left_, buffered.size());
        if (size > 0) {
            append_wiping(body, buffered.substr(0, size));
            buffer.consume_and_wipe(size);
            bytes_left_ -= size;
        }
        return bytes_left_ == 0 ? State::complete : State::more;
    }
    std::string_view rest = buffered;
    const ChunkedBody::State state = chunks_->feed(rest, body);
    buffer.consume_and_wipe(buffered.size() - rest.size());
    switch (state) {
        case ChunkedBody::State::more:
            return State::more;
        case ChunkedBody::State::complete:
            return State::complete;
        case ChunkedBody::State::refused:
            break;
    }
    return State::refused;
}

}  // namespace signet::http
