#pragma once

#include "store/claims_call.hpp"
#include "store/pg.hpp"

#include <signet/ports/account_store.hpp>

#include <functional>

namespace signet::store {

// Accounts in PostgreSQL. One thread's, like the connection, which outlives it.
class PgAccountStore final : public AccountStore {
public:
    PgAccountStore(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options) {}

    Result<std::optional<Account>> find(const LoginName& name) override;
    Result<std::optional<Account>> find(const UserId& id) override;
    // When COMMIT was lost, looks by the id that the caller made whether it took effect: then this
    // is success. If it certainly did not, store_unavailable; store_in_doubt if nobody can tell.
    using AccountStore::create;
    Result<Account> create(const NewAccount& account,
                           const std::optional<NewSession>& session) override;
    // The same with something further in the same transaction, once the account is there.
    Result<Account> create(const NewAccount& account, const std::optional<NewSession>& session,
                           const std::function<Result<void>(Transaction&)>& further);
    // A signup, a grant and a login, rolled back: the error is what the first user would meet.
    // `role` as in NewAccount.
    Result<void> try_out(const std::optional<Text>& role);
    // store_unavailable when the newest migration of this binary is not applied.
    Result<void> ping() override;

private:
    Result<Account> resolve_doubt(const NewAccount& account, bool with_claims);

    Connection& connection_;
    ClaimsCall claims_;
};

}  // namespace signet::store
