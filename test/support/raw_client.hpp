#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::test {

// One HTTP response as it was received.
struct RawAnswer {
    int status = 0;
    std::string head;  // the status line and headers, including the blank line
    std::string body;

    // Returns the value of the first header of that name, without regard to case, or an empty text.
    std::string header(std::string_view name) const;
};

// A TCP client that sends any bytes over blocking sockets with a time-out, so that tests can
// violate the protocol. Throws std::system_error if it cannot connect.
class RawClient {
public:
    explicit RawClient(std::uint16_t port, const char* host = "127.0.0.1",
                       std::size_t receive_buffer_bytes = 0);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // Sends the bytes. Returns false if the server has closed the connection.
    bool send(std::string_view bytes);
    // Closes the sending direction. Answers can still be read.
    void finish_sending();
    // Closes the connection with a reset.
    void reset();

    // Returns what is received until the server closes or `patience` has passed.
    std::string read_all(std::chrono::milliseconds patience = std::chrono::seconds(5));
    // Returns the next answer, with a body of Content-Length bytes (none if `to_head`).
    std::optional<RawAnswer> read_answer(bool to_head = false);
    // Tells whether the server closes the connection within `patience`, or has done so before.
    bool closed(std::chrono::milliseconds patience = std::chrono::seconds(5));

private:
    // Returns the number of received bytes, 0 if the server closed, or -1 if nothing came in time.
    long receive(std::chrono::milliseconds patience);

    int fd_ = -1;
    std::string received_;
};

// Connects, sends the bytes, and returns what is received until the server closes.
std::string ask(std::uint16_t port, std::string_view bytes);

// Splits what came over one connection into answers, none of which is to HEAD.
std::vector<RawAnswer> split_answers(std::string_view wire);

}  // namespace signet::test
