#pragma once

#include "app/database_watch.hpp"

#include <signet/ports/readiness.hpp>

#include <atomic>
#include <string>
#include <vector>

namespace signet::app {

// Ready while the database answers and nobody asked the process to stop. Thread-safe.
class ServiceReadiness final : public Readiness {
public:
    explicit ServiceReadiness(const DatabaseWatch& database) : database_(database) {}

    std::vector<ReadinessCheck> checks() const override {
        const std::string problem = database_.problem();
        const bool stopping = stopping_;
        return {{"database", problem.empty(), problem},
                {"shutdown", !stopping, stopping ? "in progress" : ""}};
    }
    void begin_shutdown() { stopping_ = true; }

private:
    const DatabaseWatch& database_;
    std::atomic<bool> stopping_ = false;
};

}  // namespace signet::app
