#pragma once

#include "store/pg.hpp"

#include <signet/ports/audit.hpp>

#include <string>
#include <string_view>

namespace signet::store {

// A row of signet.audit. PostgreSQL adds the time and the role of the connection.
struct AuditRow {
    std::string action;       // one of kAuditActions
    std::string subject;      // an id, or the name of a role
    std::string detail = {};  // holds no secret
    Origin origin = {};
};
// Writes the row in the transaction of the change that it reports.
Result<void> write_audit(Transaction& transaction, std::string_view actor, const AuditRow& row);

// Reads and prunes the audit in PostgreSQL. An object belongs to one thread; the connection has to
// outlive it.
class PgAuditTrail final : public AuditTrail {
public:
    explicit PgAuditTrail(Connection& connection) : connection_(connection) {}

    Result<std::vector<AuditEntry>> latest(const AuditFilter& filter, std::size_t limit) override;
    Result<std::size_t> prune(std::int64_t keep_s, std::size_t limit) override;

private:
    Connection& connection_;
};

}  // namespace signet::store
