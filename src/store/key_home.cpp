#include "store/key_home.hpp"

#include "store/key_row.hpp"
#include "store/sql_text.hpp"

#include <algorithm>

namespace signet::store {
namespace {

constexpr const char* kChannel = "signet_keys";  // sql/migrations/0003_signing_keys.sql

const StoredKey* find_kid(const StoredKeys& keys, const std::string& kid) {
    const auto found =
        std::ranges::find_if(keys, [&](const StoredKey& key) { return key.life.kid == kid; });
    return found == keys.end() ? nullptr : &*found;
}

// The database looks at each row for a second active or next key, so places are left before they
// are taken.
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
    // A statement of its own: a statement sees what was committed before it began.
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
    // Of one rank, as they stood: they are elements of one vector.
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
        sql::note_audit,
        {Text::from(audit.actor), Text::from(audit.action), Text::from(audit.kid), *detail});
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
    return trace ? resolve_doubt(*trace) : Result<void>();  // without a trace: nothing was written
}

Result<void> PgKeyHome::resolve_doubt(const Trace& trace) {
    bool known = false;
    const auto looked = connection_.transact([&](Transaction& transaction) -> Result<void> {
        // The lost transaction held this lock until it ended; with it in hand the answer is final.
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
