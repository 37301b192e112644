#pragma once

#include "base/ip_address.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace signet::http {

class ConnectionPermit;

// Counts the connections that are open, all together and by client (kClientBits). Its lock is taken
// when a connection begins and when it ends, and by no request. Thread-safe.
class ConnectionCounter {
public:
    explicit ConnectionCounter(std::size_t per_client_max) : per_client_max_(per_client_max) {}
    ConnectionCounter(const ConnectionCounter&) = delete;
    ConnectionCounter& operator=(const ConnectionCounter&) = delete;

    // Counts one more connection for as long as the permit lives. Returns nothing if this client
    // has as many as one may.
    std::optional<ConnectionPermit> admit(const IpAddress& client);
    // Counts one more, of a proxy that asks for many clients.
    ConnectionPermit admit_proxy();

    std::size_t count() const { return count_; }

private:
    friend class ConnectionPermit;
    void end(const std::optional<IpNetwork>& client) noexcept;

    const std::size_t per_client_max_;
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    std::map<IpNetwork, std::size_t> by_client_;  // those that have any
};

// One connection that is counted. The counter must outlive it.
class ConnectionPermit {
public:
    ~ConnectionPermit() {
        if (counter_ != nullptr) {
            counter_->end(client_);
        }
    }
    ConnectionPermit(ConnectionPermit&& other) noexcept
        : counter_(std::exchange(other.counter_, nullptr)), client_(other.client_) {}
    ConnectionPermit& operator=(ConnectionPermit&&) = delete;

private:
    friend class ConnectionCounter;
    ConnectionPermit(ConnectionCounter& counter, std::optional<IpNetwork> client)
        : counter_(&counter), client_(client) {}

    ConnectionCounter* counter_;
    std::optional<IpNetwork> client_;
};

}  // namespace signet::http
