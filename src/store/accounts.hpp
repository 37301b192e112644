#pragma once

#include "store/pg.hpp"

#include <signet/ports/accounts.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace signet::store {

// The number of account columns, with which the rows of sql/queries/find_by_id.sql and of similar
// queries begin.
inline constexpr std::size_t kAccountColumns = 9;

// Reads the accounts of a result that begins with the account columns. Rows of one account follow
// each other, one for each of its roles.
Result<std::vector<Account>> read_accounts(const Rows& rows);
// Returns the first account, or nothing if there is none (no row, or one whose id is NULL), or the
// error of the query.
Result<std::optional<Account>> read_account(const Result<Rows>& rows);

// Reads accounts in PostgreSQL. An object belongs to one thread, like the connection, which has to
// outlive it.
class PgAccountStore final : public AccountStore {
public:
    explicit PgAccountStore(Connection& connection) : connection_(connection) {}

    Result<std::optional<Account>> find(const LoginName& name) override;
    Result<std::optional<Account>> find(const UserId& id) override;
    Result<LoginMatch> find_for_login(const LoginName& name, const LoginOrigin& origin) override;
    // Returns store_unavailable if the newest migration of this binary is not applied.
    Result<void> ping() override;

private:
    Connection& connection_;
};

}  // namespace signet::store
