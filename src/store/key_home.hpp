#pragma once

#include "store/pg.hpp"
#include "store/pg_listener.hpp"

#include <signet/ports/key_home.hpp>

#include <cstdint>
#include <optional>

namespace signet::store {

// Tells one state of the keys from every other one. After a fail-over that lost commits the same
// epoch can come again with other keys, but not with the same word.
struct KeyMark {
    std::uint64_t epoch = 0;
    std::int64_t word = 0;

    friend bool operator==(const KeyMark&, const KeyMark&) = default;
};

// The signing keys in PostgreSQL, which replicas share. Belongs to one thread; has two connections,
// one of them for LISTEN. The clock is that of the database. What the database forbids
// (sql/migrations/0003_signing_keys.sql, 0007_key_rules.sql) is store_failed with SQLSTATE SG002,
// 23505 or 23514.
class PgKeyHome final : public KeyHome {
public:
    explicit PgKeyHome(const ConnectionOptions& options);

    // Returns the keys in the order of their kids, bytewise.
    Result<KeyView> load() override;
    // Returns another number than that of the last load() also when the database holds the same
    // epoch, but not the same keys.
    Result<std::uint64_t> epoch() override;
    // Sleeps where LISTEN is impossible. While PostgreSQL cannot be reached, connecting may take
    // longer than `timeout`, up to connect_timeout. A change that came while nobody listened, but
    // after the last load() or epoch(), ends it at once.
    bool wait(std::chrono::milliseconds timeout) override;
    // When the answer to COMMIT was lost, looks whether it took effect, and succeeds if it did. The
    // error is store_unavailable if it certainly did not, and store_in_doubt if nobody can tell.
    // When the connection breaks after `change` was called, the error is store_unavailable, and
    // `change` is not called again.
    Result<void> change(const Change& change) override;

private:
    // A row of the audit that a change wrote. It is there if, and only if, the change is.
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
    std::optional<KeyMark> loaded_;  // what load() gave last
    std::optional<KeyMark> seen_;    // what load() or epoch() saw last
};

}  // namespace signet::store
