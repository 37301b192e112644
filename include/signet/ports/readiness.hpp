#pragma once

#include <string>
#include <vector>

namespace signet {

// One condition of being ready.
struct ReadinessCheck {
    std::string name;  // database, shutdown
    bool ok = false;
    std::string reason;  // empty when ok; never a secret
};

// Whether requests should be sent here now. Thread-safe, answers from memory.
class Readiness {
public:
    virtual ~Readiness() = default;
    virtual std::vector<ReadinessCheck> checks() const = 0;
};

}  // namespace signet
