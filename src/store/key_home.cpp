#include "store/key_home.hpp"

#include "store/sql_text.hpp"

#include <algorithm>

namespace signet::store {
namespace {

constexpr const char* kChannel = "signet_keys";  // sql/migrations/0003_signing_keys.sql

enum Column : std::uint8_t {
    kEpoch,
    kWord,
    kNow,
    kKid,
    kAlg,
    kState,
    kForeign,
    kPublicPart,
    kPrivatePart,
    kCreatedAt,
    kPublishedAt,
    kActiveAfter,
    kActivatedAt,
    kRetiredAt,
    kRemoveAfter,
    kTokensTtl,
    kColumns,
};

// Returns nothing if the row breaks what sql/migrations promises.
std::optional<StoredKey> read_key(const Row& row) {
    const auto state = read_key_state(row[kState].value_or(""));
    const auto created_at_s = to_number(row[kCreatedAt]);
    const auto published_at_s = to_number(row[kPublishedAt]);
    const auto active_after_s = to_number(row[kActiveAfter]);
    const auto tokens_ttl_s = to_number(row[kTokensTtl]);
    if (!state || !created_at_s || !published_at_s || !active_after_s || !tokens_ttl_s) {
        return std::nullopt;
    }
    return StoredKey{.life = {.kid = *row[kKid],
                              .alg = row[kAlg].value_or(""),
                              .state = *state,
                              .foreign = row[kForeign] == "true",
                              .created_at_s = *created_at_s,
                              .published_at_s = *published_at_s,
                              .active_after_s = *active_after_s,
                              .activated_at_s = to_number(row[kActivatedAt]),
                              .retired_at_s = to_number(row[kRetiredAt]),
                              .remove_after_s = to_number(row[kRemoveAfter]),
                              .tokens_ttl_s = *tokens_ttl_s},
                     .public_part = row[kPublicPart].value_or(""),
                     .private_part = row[kPrivatePart].value_or("")};
}

// Reads the result of keys_epoch or load_keys. Returns nothing if the epoch is missing.
std::optional<KeyMark> read_key_mark(const Rows& rows) {
    if (rows.rows.empty() || rows.rows[0].size() <= kWord) {
        return std::nullopt;
    }
    const auto epoch = to_number<std::uint64_t>(rows.rows[0][kEpoch]);
    const auto word = to_number(rows.rows[0][kWord]);
    return epoch && word ? std::optional(KeyMark{*epoch, *word}) : std::nullopt;
}

// Reads the result of load_keys.
Result<KeyView> read_key_view(const Rows& rows) {
    KeyView out;
    if (rows.rows.empty()) {
        return Error{Errc::store_failed, "the epoch of the signing keys is missing"};
    }
    for (const Row& row : rows.rows) {
        if (row.size() != kColumns) {
            return Error{Errc::store_failed, "the row of a signing key has other columns"};
        }
        out.epoch = to_number<std::uint64_t>(row[kEpoch]).value_or(0);
        out.now_s = to_number(row[kNow]).value_or(0);
        if (!row[kKid]) {
            continue;
        }
        auto key = read_key(row);
        if (!key) {
            return Error{Errc::store_failed, "the row of a signing key cannot be read"};
        }
        out.keys.push_back(std::move(*key));
    }
    return out;
}

// Runs insert_key or update_key. The error is store_failed when a text is no UTF-8 or holds a NUL,
// or when there was no row to replace.
Result<void> write_key(Transaction& transaction, const sql::Query& query, const StoredKey& key) {
    const KeyLife& life = key.life;
    const auto kid = Text::from(life.kid);
    const auto alg = Text::from(life.alg);
    const auto public_part = Text::from(key.public_part);
    std::optional<Text> private_part;
    if (!key.private_part.empty()) {
        private_part = Text::from(key.private_part);
    }
    if (!kid || !alg || !public_part || (!key.private_part.empty() && !private_part)) {
        return Error{Errc::store_failed, "a signing key has a part that is not text"};
    }
    const auto written = transaction.run(
        query, {*kid, *alg, Text::from(to_string(life.state)), life.foreign, *public_part,
                private_part, life.created_at_s, life.published_at_s, life.active_after_s,
                life.activated_at_s, life.retired_at_s, life.remove_after_s, life.tokens_ttl_s});
    if (!written) {
        return written.error();
    }
    return written->affected == 1
               ? Result<void>()
               : Result<void>(Error{Errc::store_failed, "a signing key vanished under a change"});
}

const StoredKey* find_kid(const StoredKeys& keys, const std::string& kid) {
    const auto found =
        std::ranges::find_if(keys, [&](const StoredKey& key) { return key.life.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

// Returns the order of writes. The unique indexes are checked row by row, so a key has to leave a
// state before another one enters it.
int write_order(const StoredKey* key) {
    switch (key->life.state) {
        case KeyState::active:
            return 1;
        case KeyState::next:
            return 2;
        default:
            return 0;
    }
}

Result<KeyView> lock_and_load(Transaction& transaction) {
    // These are two statements, because a statement sees what was committed before it began.
    if (auto locked = transaction.run(sql::lock_keys); !locked) {
        return locked.error();
    }
    const auto rows = transaction.run(sql::load_keys);
    if (!rows) {
        return rows.error();
    }
    return read_key_view(*rows);
}

Result<void> remove_key(Transaction& transaction, const std::string& kid) {
    const auto removed = transaction.run(sql::remove_key, {Text::from(kid)});
    if (!removed) {
        return removed.error();
    }
    return removed->affected == 1
               ? Result<void>()
               : Result<void>(Error{Errc::store_failed, "a signing key vanished under a change"});
}

Result<void> write_keys(Transaction& transaction, const StoredKeys& before,
                        const StoredKeys& after) {
    for (const StoredKey& key : before) {
        if (find_kid(after, key.life.kid) == nullptr) {
            if (auto removed = remove_key(transaction, key.life.kid); !removed) {
                return removed;
            }
        }
    }
    std::vector<const StoredKey*> altered;
    for (const StoredKey& key : after) {
        if (const StoredKey* was = find_kid(before, key.life.kid); was != nullptr && *was != key) {
            altered.push_back(&key);
        }
    }
    // Keys of one rank stay in their order: they are elements of one vector.
    std::ranges::sort(altered, [](const StoredKey* a, const StoredKey* b) {
        return std::pair(write_order(a), a) < std::pair(write_order(b), b);
    });
    for (const StoredKey* key : altered) {
        if (auto written = write_key(transaction, sql::update_key, *key); !written) {
            return written;
        }
    }
    for (const StoredKey& key : after) {
        if (find_kid(before, key.life.kid) == nullptr) {
            if (auto written = write_key(transaction, sql::insert_key, key); !written) {
                return written;
            }
        }
    }
    return {};
}

Result<std::int64_t> note_audit(Transaction& transaction, const KeyAudit& audit) {
    const auto detail = Text::from(audit.detail);
    if (!detail) {
        return Error{Errc::store_failed, "the detail of an audit row is not text"};
    }
    const auto noted = transaction.run(
        sql::note_audit, {Text::from(audit.actor), Text::from(audit.action), Text::from(audit.kid),
                          *detail, std::nullopt, std::nullopt});
    if (!noted) {
        return noted.error();
    }
    return to_number(noted->rows.at(0).at(0)).value_or(0);
}

Error broken_under_change() {
    return {Errc::store_unavailable, "the connection broke under a change of the signing keys"};
}

}  // namespace

PgKeyHome::PgKeyHome(const ConnectionOptions& options)
    : connection_(options), listener_(options, kChannel) {}

Result<KeyView> PgKeyHome::load() {
    const auto rows = connection_.run(sql::load_keys);
    if (!rows) {
        return rows.error();
    }
    auto view = read_key_view(*rows);
    if (view) {
        loaded_ = read_key_mark(*rows);
        seen_ = loaded_;
    }
    return view;
}

Result<KeyMark> PgKeyHome::look() {
    const auto rows = connection_.run(sql::keys_epoch);
    if (!rows) {
        return rows.error();
    }
    const auto mark = read_key_mark(*rows);
    if (!mark) {
        return Error{Errc::store_failed, "the epoch of the signing keys is missing"};
    }
    return *mark;
}

Result<std::uint64_t> PgKeyHome::epoch() {
    const auto mark = look();
    if (!mark) {
        return mark.error();
    }
    seen_ = *mark;
    const bool same_number = loaded_ && loaded_->epoch == mark->epoch;
    return same_number && *loaded_ != *mark ? mark->epoch + 1 : mark->epoch;
}

bool PgKeyHome::wait(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    if (listener_.start(deadline) == Listener::Start::fresh && seen_) {
        const KeyMark seen = *seen_;
        const auto now = look();
        if (now && *now != seen) {
            return true;
        }
    }
    return listener_.wait(deadline);
}

Result<void> PgKeyHome::write(Transaction& transaction, const StoredKeys& before, const Edit& edit,
                              std::optional<Trace>& trace) {
    if (auto written = write_keys(transaction, before, edit.keys); !written) {
        return written;
    }
    for (const KeyAudit& audit : edit.audit) {
        const auto id = note_audit(transaction, audit);
        if (!id) {
            return id.error();
        }
        trace = Trace{*id, audit};
    }
    return {};
}

Result<void> PgKeyHome::change(const Change& change) {
    bool called = false;
    std::optional<Trace> trace;
    auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        if (called) {
            return broken_under_change();
        }
        const auto before = lock_and_load(transaction);
        if (!before) {
            return before.error();
        }
        called = true;
        const auto edit = change(*before);
        if (!edit) {
            return edit.error();
        }
        return edit->audit.empty() ? Result<void>()
                                   : write(transaction, before->keys, *edit, trace);
    });
    if (done || done.error().errc != Errc::store_in_doubt) {
        return done;
    }
    // If there is no trace, nothing was written.
    return trace ? resolve_doubt(*trace) : Result<void>();
}

Result<void> PgKeyHome::resolve_doubt(const Trace& trace) {
    bool known = false;
    const auto looked = connection_.transact([&](Transaction& transaction) -> Result<void> {
        // The lost transaction held this lock until it ended, so the answer is final.
        if (auto locked = transaction.run(sql::lock_keys); !locked) {
            return locked.error();
        }
        const auto rows = transaction.run(
            sql::audit_known, {trace.id, Text::from(trace.audit.actor),
                               Text::from(trace.audit.action), Text::from(trace.audit.kid)});
        if (!rows) {
            return rows.error();
        }
        known = rows->rows.at(0).at(0) == "t";
        return {};
    });
    if (known) {
        return {};
    }
    return looked ? Error{Errc::store_unavailable,
                          "the connection broke before COMMIT of the signing keys took effect"}
                  : Error{Errc::store_in_doubt, looked.error().log_detail};
}

}  // namespace signet::store
