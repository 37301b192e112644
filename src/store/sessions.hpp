#pragma once

#include "store/claims.hpp"
#include "store/pg.hpp"

#include <signet/ports/sessions.hpp>

#include <string>

namespace signet::store {

// Reads the session of a result of sql/queries/find_session.sql, or returns nothing if it has no
// row, or the error of the query.
Result<std::optional<StoredSession>> read_session(const Result<Rows>& rows,
                                                  const ClaimsCall& claims);

// Keeps sessions in PostgreSQL, by the clock of the database. An object belongs to one thread, like
// the connection, which has to outlive it. If the answer to the COMMIT of a change is lost, the
// error is store_in_doubt; a refresh can then be sent again unchanged.
class PgSessionStore final : public SessionStore {
public:
    PgSessionStore(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options) {}

    Result<std::unique_ptr<AccountTransaction>> begin(const Origin& origin) override;
    Result<std::optional<StoredSession>> find(const SessionId& id) override;
    Result<std::optional<StoredSession>> find_for_refresh(const SessionId& id) override;
    Result<std::optional<Account>> find_caller(const UserId& user,
                                               const std::optional<SessionId>& id) override;
    Result<std::optional<Account>> rotate(const SessionId& id, std::uint32_t presented,
                                          const SessionPolicy& policy) override;
    Result<std::vector<SessionInfo>> list(const UserId& user) override;
    Result<bool> end(const UserId& user, const SessionId& id, const AuditNote& note) override;
    Result<std::size_t> end_all(const UserId& user, const std::optional<SessionId>& kept,
                                const AuditNote& note) override;

private:
    Connection& connection_;
    ClaimsCall claims_;
};

// Maintains the sessions in PostgreSQL. An object belongs to one thread; the connection has to
// outlive it.
class PgSessionMaintenance final : public SessionMaintenance {
public:
    PgSessionMaintenance(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), actor_(options.actor) {}

    Result<SweepResult> sweep(std::size_t limit) override;
    Result<void> note_rewrap() override;
    Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                   std::size_t limit) override;
    Result<bool> reseal(const SealedSession& was, const Text& sealed_key) override;

private:
    Connection& connection_;
    std::string actor_;
};

}  // namespace signet::store
