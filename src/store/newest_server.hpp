#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace signet::store {

// What a server of PostgreSQL says of itself. Each promotion of a standby begins a new timeline.
struct ServerIdentity {
    std::string system;  // the system identifier, which a standby has from its primary
    std::uint32_t timeline = 0;
};

// Where a connection was made to: the timeline of the server, or 0 if it could not tell, and how
// often the process had left a server that takes no writes until then.
struct ServerTag {
    std::uint32_t timeline = 0;
    std::uint64_t departures = 0;
};

// Remembers the newest server that a process has been connected to, where the URL names several. A
// primary that was replaced by its standby may come back and take writes, which would be lost.
// Thread-safe.
class NewestServer {
public:
    // Returns why `server` must not be used, as a text for the operator, or nothing. If it may be
    // used and none was newer, it is remembered.
    std::optional<std::string> object_to(const ServerIdentity& server);

    // Returns the tag of a connection that is made now to a server on `timeline`.
    ServerTag tag(std::uint32_t timeline) const { return {timeline, departures_}; }
    // A server that takes writes was found after one that took none, which other connections may
    // still lead to.
    void depart() { ++departures_; }

    // Returns whether a connection should be made anew: a server of a later timeline has been seen,
    // or depart() was called since it was made.
    bool replaces(const ServerTag& tag) const;

private:
    mutable std::mutex mutex_;
    ServerIdentity newest_;
    std::atomic<std::uint64_t> departures_ = 0;
};

}  // namespace signet::store
