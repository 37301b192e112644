#pragma once

#include "store/pg.hpp"

#include <signet/domain/user.hpp>

#include <vector>

namespace signet::store {

// The accounts of a result with the account columns (sql/queries/find_by_id.sql): rows of one
// account follow each other, one for each of its roles.
Result<std::vector<Account>> read_accounts(const Rows& rows);

}  // namespace signet::store
