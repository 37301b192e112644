#pragma once

#include "http/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signet::http {

// Appends to `text`, and wipes the memory that a reallocation lets go: bodies hold passwords.
void append_wiping(std::string& text, std::string_view more);

// Decodes a chunked body (RFC 9112 section 7.1) in its strictest form: a size line of at most 16
// hex digits, CRLF everywhere, no extensions, no trailers. Beast 1.81 merges trailers into the
// headers, and buffers extensions and trailers without a bound.
// Pure.
class ChunkedBody {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // `body_bytes_max` bounds the decoded bytes.
    explicit ChunkedBody(std::size_t body_bytes_max) : bytes_left_(body_bytes_max) {}

    // Takes bytes off the front of `wire` and appends what they decode to. Stops behind the body;
    // what is left in `wire` then belongs to the next request.
    State feed(std::string_view& wire, std::string& body);

    // After `refused`: bad_chunk, or body_too_large.
    Fault fault() const { return fault_; }

private:
    enum class At : std::uint8_t { size, size_lf, data, data_cr, data_lf, last_cr, last_lf };

    State refuse(Fault fault);
    State take(char c);
    State take_size(char c);
    State end_size_line();
    State expect(char got, char wanted, At next);

    std::size_t bytes_left_;
    std::uint64_t chunk_ = 0;  // the size being read, then the bytes left of the chunk
    std::size_t digits_ = 0;
    At at_ = At::size;
    Fault fault_ = Fault::bad_chunk;
};

}  // namespace signet::http
