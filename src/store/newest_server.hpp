#pragma once

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

// Remembers the newest server that a process has been connected to, where the URL names several. A
// primary that was replaced by its standby may come back and take writes, which would be lost.
// Thread-safe.
class NewestServer {
public:
    // Returns why `server` must not be used, as a text for the operator, or nothing. If it may be
    // used and none was newer, it is remembered.
    std::optional<std::string> object_to(const ServerIdentity& server);

    // Returns whether a server of a later timeline has been seen. 0 stands for a server that could
    // not tell, and is never replaced.
    bool replaces(std::uint32_t timeline) const;

private:
    mutable std::mutex mutex_;
    ServerIdentity newest_;
};

}  // namespace signet::store
