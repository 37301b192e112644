#pragma once

#include "store/claims_call.hpp"
#include "store/pg.hpp"

#include <signet/ports/session_store.hpp>

namespace signet::store {

// Sessions in PostgreSQL. One thread's, like the connection, which outlives it. The clock is the
// database's. When a COMMIT was lost: change_password() looks whether it took effect; for the
// others that is store_in_doubt, after which a refresh may be sent again as it was.
class PgSessionStore final : public SessionStore {
public:
    PgSessionStore(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options) {}

    Result<bool> open(const NewSession& session, const ProvenLogin& login) override;
    Result<std::optional<StoredSession>> find(const SessionId& id) override;
    Result<std::optional<StoredSession>> find_for_refresh(const SessionId& id) override;
    Result<std::optional<Account>> find_caller(const UserId& user, const SessionId& id) override;
    Result<std::optional<Refreshed>> rotate(const SessionId& id, std::uint32_t presented,
                                            const SessionPolicy& policy) override;
    Result<Refreshed> settle(const SessionId& id, std::uint32_t presented,
                             const SessionPolicy& policy) override;
    Result<std::vector<SessionInfo>> list(const UserId& user) override;
    Result<bool> end(const UserId& user, const SessionId& id) override;
    Result<std::size_t> end_all(const UserId& user, const std::optional<SessionId>& kept) override;
    Result<bool> change_password(const UserId& user, const PasswordChange& change,
                                 const SessionId& kept) override;

private:
    Connection& connection_;
    ClaimsCall claims_;
};

}  // namespace signet::store
