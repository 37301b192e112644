#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::test {

// One HTTP answer as it came over the wire.
struct RawAnswer {
    int status = 0;
    std::string head;  // status line and headers, with the blank line
    std::string body;

    // The value of the first header of that name, in any case; empty: there is none.
    std::string header(std::string_view name) const;
};

// A TCP client that sends the bytes it is told to, over blocking sockets with a time-out, so that
// tests can be as rude as they like. Throws std::system_error when it cannot connect.
class RawClient {
public:
    explicit RawClient(std::uint16_t port, const char* host = "127.0.0.1",
                       std::size_t receive_buffer_bytes = 0);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // False when the server has gone.
    bool send(std::string_view bytes);
    // No more bytes from here on; answers can still be read.
    void finish_sending();
    // Closes with a reset.
    void reset();

    // What comes until the server closes or `patience` has passed.
    std::string read_all(std::chrono::milliseconds patience = std::chrono::seconds(5));
    // The next answer, with a body of Content-Length bytes (none if `to_head`).
    std::optional<RawAnswer> read_answer(bool to_head = false);
    // Whether the server has closed the connection, now or within `patience`.
    bool closed(std::chrono::milliseconds patience = std::chrono::seconds(5));

private:
    // Bytes received: 0 when the server closed; -1 when nothing came in time.
    long receive(std::chrono::milliseconds patience);

    int fd_ = -1;
    std::string received_;
};

// Connects, sends, and reads until the server closes.
std::string ask(std::uint16_t port, std::string_view bytes);

// The answers in what came over one connection, none of them to HEAD.
std::vector<RawAnswer> split_answers(std::string_view wire);

}  // namespace signet::test
