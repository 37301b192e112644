#pragma once

#include <chrono>
#include <cstddef>

namespace signet::http {

// One sixteenth of the connections, and one at least, is kept free for those who come.
inline constexpr std::size_t kFreeShare = 16;

// Every limit of src/http, with its unit.
struct Limits {
    std::size_t head_bytes_max = 32 * 1024;  // request line and headers
    std::size_t target_bytes_max = 4 * 1024;
    std::size_t fields_max = 200;
    std::size_t requests_per_connection_max = 1000;
    // Each connection takes a file descriptor; `signet serve` checks that there are enough. When
    // fewer than one in kFreeShare is free, each new one ends the one that has waited longest for
    // its client to send or to read.
    std::size_t connections_max = 20'000;
    // Of one IPv4 address, or one /64. A trusted proxy may have all.
    std::size_t connections_per_client_max = 15'000;
    std::size_t body_bytes_total_max = 256 * 1024 * 1024;  // bodies above 16 KiB, all connections
    std::size_t kept_member_bytes_max = 64 * 1024;         // see Route::kept_member
    std::size_t pipelined_bytes_max = 64 * 1024;           // answers collected before a write
    std::chrono::milliseconds head_deadline{5'000};
    std::chrono::milliseconds request_deadline{10'000};  // head, body and answer
    std::chrono::milliseconds write_deadline{10'000};
    // Until the first request of a connection begins, and between two requests.
    std::chrono::milliseconds first_request_deadline{5'000};
    std::chrono::milliseconds idle_deadline{75'000};
    // At the end of the server, for the first request of a connection that was just made.
    std::chrono::milliseconds last_request_deadline{500};
    std::chrono::milliseconds sweep_interval{250};
};

}  // namespace signet::http
