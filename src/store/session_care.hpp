#pragma once

#include "store/pg.hpp"

#include <signet/ports/session_store.hpp>

#include <string>

namespace signet::store {

// The care of sessions in PostgreSQL. One thread's; the connection outlives it.
class PgSessionCare final : public SessionCare {
public:
    PgSessionCare(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), actor_(options.actor) {}

    Result<Swept> sweep(std::size_t limit) override;
    Result<void> note_rewrap() override;
    Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                   std::size_t limit) override;
    Result<bool> reseal(const SealedSession& was, const Text& sealed_key) override;

private:
    Connection& connection_;
    std::string actor_;
};

}  // namespace signet::store
