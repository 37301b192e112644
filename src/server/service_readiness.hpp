#pragma once

#include "server/database_watch.hpp"
#include "server/key_watch.hpp"

#include <signet/ports/readiness.hpp>

#include <atomic>
#include <string>
#include <vector>

namespace signet::server {

// Ready while the database answers, a key can sign and nobody asked the process to stop.
// Thread-safe.
class ServiceReadiness final : public Readiness {
public:
    ServiceReadiness(const DatabaseWatch& database, const KeyWatch& keys)
        : database_(database), keys_(keys) {}

    std::vector<ReadinessCheck> checks() const override {
        const std::string problem = database_.problem();
        const std::string no_keys = keys_.problem();
        const bool stopping = stopping_;
        return {{"database", problem.empty(), problem},
                {"keys", no_keys.empty(), no_keys},
                {"shutdown", !stopping, stopping ? "in progress" : ""}};
    }
    void begin_shutdown() { stopping_ = true; }

private:
    const DatabaseWatch& database_;
    const KeyWatch& keys_;
    std::atomic<bool> stopping_ = false;
};

}  // namespace signet::server
