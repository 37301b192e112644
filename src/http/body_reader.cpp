#include "http/body_reader.hpp"

#include <algorithm>
#include <string_view>

namespace signet::http {

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
