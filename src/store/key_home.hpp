#pragma once

#include "store/pg.hpp"
#include "store/pg_listener.hpp"

#include <signet/ports/key_home.hpp>

#include <cstdint>
#include <optional>

namespace signet::store {

// Identifies one state of the keys. After a fail-over that lost commits, the same epoch can occur
// again with other keys, but not with the same word, which is random.
struct KeyMark {
    std::uint64_t epoch = 0;
    std::int64_t word = 0;

    friend bool operator==(const KeyMark&, const KeyMark&) = default;
};

// Keeps the signing keys in PostgreSQL, where replicas share them. An object belongs to one thread
// and has two connections, one of them for LISTEN. The clock is that of the database. A change that
// the database forbids (sql/migrations/0003_signing_keys.sql, 0007_key_rules.sql) fails with
// store_failed and SQLSTATE SG002, 23505 or 23514.
class PgKeyHome final : public KeyHome {
public:
    explicit PgKeyHome(const ConnectionOptions& options);

    // Returns the keys in the order of their kids, bytewise.
    Result<KeyView> load() override;
    // Returns a different number from that of the last load() even if the database has the same
    // epoch, but other keys.
    Result<std::uint64_t> epoch() override;
    // Sleeps if LISTEN is impossible. While PostgreSQL cannot be reached, connecting may take
    // longer than `timeout`, up to connect_timeout. A change that happened while this did not
    // listen, but after the last load() or epoch(), ends the wait at once.
    bool wait(std::chrono::milliseconds timeout) override;
    // If the answer to COMMIT was lost, this checks whether it took effect, and succeeds if it did.
    // The error is store_unavailable if it certainly did not, and store_in_doubt if that cannot be
    // found out. If the connection breaks after `change` was called, the error is
    // store_unavailable, and `change` is not called again.
    Result<void> change(const Change& change) override;

private:
    // An audit row that a change wrote. It exists if, and only if, the change was committed.
    struct Trace {
        std::int64_t id = 0;
        KeyAudit audit;
    };
    static Result<void> write(Transaction& transaction, const StoredKeys& before, const Edit& edit,
                              std::optional<Trace>& trace);
    Result<void> resolve_doubt(const Trace& trace);

    Result<KeyMark> look();

    Connection connection_;
    Listener listener_;
    std::optional<KeyMark> loaded_;  // the state that load() returned last
    std::optional<KeyMark> seen_;    // the state that load() or epoch() saw last
};

}  // namespace signet::store
