#pragma once

#include "http/read_buffer.hpp"
#include "http/request_error.hpp"
#include "http/request_head.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signet::http {

// A body up to this size is not counted, because connections_max bounds what they take together.
inline constexpr std::size_t kUncountedBodyBytesMax = 16 * 1024;

// The memory that the larger bodies of all connections may take together. Thread-safe.
class BodyBudget {
public:
    explicit BodyBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Takes `bytes` out of the budget. Takes nothing and returns false when fewer are left.
    bool take(std::size_t bytes);
    void give_back(std::size_t bytes) { taken_ -= bytes; }

    // How many bytes are taken now.
    std::size_t taken() const { return taken_; }

private:
    const std::size_t bytes_max_;
    std::atomic<std::size_t> taken_{0};
};

// What one request has taken out of the budget, which it gives back when it is destroyed. It goes
// with the request to a lane, and so may outlive the server. Not thread-safe.
class BodyReservation {
public:
    explicit BodyReservation(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
    ~BodyReservation() { budget_->give_back(bytes_); }
    BodyReservation(const BodyReservation&) = delete;
    BodyReservation& operator=(const BodyReservation&) = delete;

    // Extends the reservation to `bytes` if it is smaller. Returns false, and changes nothing, when
    // the budget does not have them.
    bool grow_to(std::size_t bytes);

private:
    std::shared_ptr<BodyBudget> budget_;
    std::size_t bytes_ = 0;
};

// Appends to `text` and wipes the memory that a reallocation frees, because bodies hold passwords.
void append_wiping(std::string& text, std::string_view more);

// Decodes a chunked body (RFC 9112 section 7.1) in its strictest form: a size line of at most 16
// hex digits, CRLF everywhere, no extensions, no trailers. Beast's own decoder is not used, because
// it accepts both (docs/reference/beast.md). Not thread-safe.
class ChunkedBody {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // `body_bytes_max` bounds the decoded bytes.
    explicit ChunkedBody(std::size_t body_bytes_max) : bytes_left_(body_bytes_max) {}

    // Takes bytes off the front of `wire` and appends what they decode to. Stops at the end of the
    // body; what is left in `wire` then belongs to the next request.
    State feed(std::string_view& wire, std::string& body);

    // After `refused`: bad_chunk or body_too_large.
    RequestError error() const { return error_; }

private:
    enum class At : std::uint8_t { size, size_lf, data, data_cr, data_lf, last_cr, last_lf };

    State refuse(RequestError error);
    State take(char c);
    State take_size(char c);
    State end_size_line();
    State expect(char got, char wanted, At next);

    std::size_t bytes_left_;
    std::uint64_t chunk_ = 0;  // the size being read, then the bytes left of the chunk
    std::size_t digits_ = 0;
    At at_ = At::size;
    RequestError error_ = RequestError::bad_chunk;
};

// Moves the body of one request out of the read buffer, in either framing, and wipes it there. Not
// thread-safe.
class BodyReader {
public:
    enum class State : std::uint8_t { more, complete, refused };

    // For a request without a body: complete at once.
    BodyReader() = default;

    // `body_bytes_max` bounds a chunked body. A Content-Length was judged with the head.
    BodyReader(const Head& head, std::size_t body_bytes_max);

    State read(ReadBuffer& buffer, std::string& body);

    // After `refused`: what ChunkedBody says.
    RequestError error() const { return chunks_->error(); }

private:
    std::uint64_t bytes_left_ = 0;
    std::optional<ChunkedBody> chunks_;
};

}  // namespace signet::http
