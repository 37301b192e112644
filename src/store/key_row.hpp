#pragma once

#include "store/pg.hpp"

#include <signet/ports/key_home.hpp>

namespace signet::store {

// The keys of a result of sql/queries/load_keys.sql, with the epoch and the database's time.
Result<KeyView> read_key_view(const Rows& rows);

// Inserts, or replaces by its kid, one key: sql/queries/insert_key.sql or update_key.sql.
// store_failed when a text of it is none (UTF-8 without NUL), or when there was nothing to replace.
Result<void> write_key(Transaction& transaction, const sql::Query& query, const StoredKey& key);

}  // namespace signet::store
