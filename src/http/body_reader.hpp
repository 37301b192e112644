#pragma once

#include "http/chunked_body.hpp"
#include "http/fault.hpp"
#include "http/guard.hpp"
#include "http/read_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace signet::http {

// Moves the body of one request out of the read buffer, in either framing, and wipes it there.
// Pure.
class BodyReader {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // No body: complete at once.
    BodyReader() = default;

    // `body_bytes_max` bounds a chunked body; a Content-Length was judged with the head.
    BodyReader(const Head& head, std::size_t body_bytes_max);

    State read(ReadBuffer& buffer, std::string& body);

    // After `refused`.
    Fault fault() const { return chunks_->fault(); }

private:
    std::uint64_t bytes_left_ = 0;
    std::optional<ChunkedBody> chunks_;
};

}  // namespace signet::http
