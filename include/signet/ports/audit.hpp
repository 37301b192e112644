#pragma once

#include <signet/domain/audit.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace signet {

// Which rows of the audit to list. What is not set does not filter.
struct AuditFilter {
    std::optional<Text> subject = {};
    std::optional<Text> action = {};
    std::optional<std::int64_t> since_s = {};  // in Unix seconds
};

// Reads the audit, and removes what is old; every change writes its own row. An object belongs to
// one thread and has the errors of AccountStore. Tests use an implementation in memory.
class AuditTrail {
public:
    virtual ~AuditTrail() = default;

    // Returns the `limit` rows that were added last, the last one first.
    virtual Result<std::vector<AuditEntry>> latest(const AuditFilter& filter,
                                                   std::size_t limit) = 0;
    // Removes at most `limit` rows that are older than `keep_s` and than kAuditKeepMinS, and
    // returns how many. Several threads that do so at once share the work.
    virtual Result<std::size_t> prune(std::int64_t keep_s, std::size_t limit) = 0;
};

}  // namespace signet
