#pragma once

#include "store/pg.hpp"

#include <signet/ports/key_home.hpp>

#include <cstdint>
#include <optional>

namespace signet::store {

// What tells one state of the keys from every other one: after a fail-over that lost commits the
// same epoch can come again with other keys, but not with the same word.
struct KeyMark {
    std::uint64_t epoch = 0;
    std::int64_t word = 0;

    friend bool operator==(const KeyMark&, const KeyMark&) = default;
};

// Of a result of sql/queries/keys_epoch.sql or load_keys.sql; nothing when the epoch is missing.
std::optional<KeyMark> read_key_mark(const Rows& rows);

// The keys of a result of sql/queries/load_keys.sql, with the epoch and the database's time.
Result<KeyView> read_key_view(const Rows& rows);

// Inserts, or replaces by its kid, one key: sql/queries/insert_key.sql or update_key.sql.
// store_failed when a text of it is none (UTF-8 without NUL), or when there was nothing to replace.
Result<void> write_key(Transaction& transaction, const sql::Query& query, const StoredKey& key);

}  // namespace signet::store
