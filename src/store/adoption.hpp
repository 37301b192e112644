#pragma once

#include "store/pg.hpp"

#include <signet/result.hpp>

#include <optional>
#include <string>

namespace signet::store {

// Returns, for the operator, why the tables in the configured schema must not be touched: they are
// neither Signet's nor those of the original service and `adopt` is not set, or Signet's tables are
// in another schema. Returns nothing if they may be. Reads the catalogs alone, because the tables
// may belong to a role that is not trusted. Passes over what the transaction has made itself.
Result<std::optional<std::string>> object_to_tables(Connection& connection, bool adopt);
Result<std::optional<std::string>> object_to_tables(Transaction& transaction, bool adopt);

// Returns, for the operator, why there are no tables of Signet in the configured schema of a
// database that was migrated, or nothing if they are there.
Result<std::optional<std::string>> object_to_missing(Connection& connection);
Result<std::optional<std::string>> object_to_missing(Transaction& transaction);

}  // namespace signet::store
