#pragma once

#include "store/pg.hpp"

#include <signet/ports/session_store.hpp>

namespace signet::store {

// The care of sessions in PostgreSQL. One thread's; the connection outlives it.
class PgSessionCare final : public SessionCare {
public:
    explicit PgSessionCare(Connection& connection) : connection_(connection) {}

    Result<Swept> sweep(std::size_t limit) override;
    Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>& after,
                                                   std::size_t limit) override;
    Result<bool> reseal(const SealedSession& was, const Text& sealed_key) override;

private:
    Connection& connection_;
};

}  // namespace signet::store
