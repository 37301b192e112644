#pragma once

#include "store/pg.hpp"

#include <signet/ports/outbox.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::store {

// Writes rows of the outbox in a transaction of PostgreSQL, which has to outlive it.
class PgOutboxWriter final : public OutboxWriter {
public:
    explicit PgOutboxWriter(Transaction& transaction) : transaction_(transaction) {}
    Result<void> put(const NewOutboxRow& row) override;
    Result<void> remove(const Uuid& id) override;

private:
    Transaction& transaction_;
};

// The outbox in PostgreSQL. An object belongs to one thread, like the connection, which has to
// outlive it.
class PgOutbox final : public Outbox {
public:
    // `actor` is for the audit: see ConnectionOptions.
    PgOutbox(Connection& connection, std::string actor)
        : connection_(connection), actor_(std::move(actor)) {}

    Result<void> put(const NewOutboxRow& row) override;
    Result<std::optional<OutboxRow>> lease(std::int64_t lease_s, const OutboxLine& line) override;
    Result<void> settle(const Uuid& id) override;
    Result<void> postpone(const Uuid& id, std::int64_t pause_ms, const Text& error) override;
    Result<void> give_up(const Uuid& id, const Text& error) override;
    Result<OutboxFigures> count() override;
    Result<std::vector<OutboxEntry>> list(std::size_t limit, bool sent) override;
    Result<std::size_t> retry(const Uuid& id) override;
    Result<std::size_t> retry_failed() override;
    Result<std::size_t> retry_sent(std::int64_t since_s) override;
    Result<std::size_t> sweep(std::size_t limit) override;
    Result<std::vector<SealedRow>> list_sealed(const std::optional<Uuid>& after,
                                               std::size_t limit) override;
    Result<bool> reseal(const SealedRow& was, const Text& body) override;
    Result<void> note_rewrap() override;

private:
    Result<void> settle(const Uuid& id, const std::optional<Text>& error);
    Result<std::size_t> retry(const std::optional<Uuid>& id, std::optional<std::int64_t> since_s);

    Connection& connection_;
    std::string actor_;
};

}  // namespace signet::store
