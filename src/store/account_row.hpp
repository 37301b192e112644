#pragma once

#include "store/pg.hpp"

#include <signet/domain/user.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace signet::store {

inline constexpr std::size_t kAccountColumns = 9;

// The accounts of a result that begins with the account columns (sql/queries/find_by_id.sql): rows
// of one account follow each other, one for each of its roles.
Result<std::vector<Account>> read_accounts(const Rows& rows);
// The first of them, or nothing where there is none; the error of the query that gave `rows`.
Result<std::optional<Account>> read_account(const Result<Rows>& rows);

}  // namespace signet::store
