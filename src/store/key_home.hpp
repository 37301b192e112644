#pragma once

#include "store/key_row.hpp"
#include "store/pg.hpp"
#include "store/pg_listener.hpp"

#include <signet/ports/key_home.hpp>

#include <optional>

namespace signet::store {

// Signing keys in PostgreSQL, shared by replicas. One thread's; two connections of its own, one of
// them for LISTEN. The clock is the database's. What a rule of the database forbids
// (sql/migrations/0003_signing_keys.sql) is store_failed with SQLSTATE SG002, 23505 or 23514.
class PgKeyHome final : public KeyHome {
public:
    explicit PgKeyHome(const ConnectionOptions& options);

    // Keys in the order of their kid, bytewise.
    Result<KeyView> load() override;
    // Another number than that of the last load() also where the database holds the same epoch, but
    // not the same keys.
    Result<std::uint64_t> epoch() override;
    // Where LISTEN is impossible it sleeps. While PostgreSQL cannot be reached, connecting may take
    // longer than `timeout`, up to connect_timeout. A change that came while nobody listened, but
    // after the last load() or epoch(), ends it at once.
    bool wait(std::chrono::milliseconds timeout) override;
    // When COMMIT was lost, looks whether it took effect: then this is success. If it certainly
    // did not, store_unavailable; store_in_doubt if nobody can tell. When the connection breaks
    // after `change` was called, that is store_unavailable: it is not called again.
    Result<void> change(const Change& change) override;

private:
    // An audit row that a change wrote: it is there exactly if the change is.
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
