#pragma once

#include "store/pg.hpp"

#include <signet/ports/failures.hpp>

#include <cstddef>

namespace signet::store {

// Reads the subject, the failures and the milliseconds to wait, which a row has from `first` on.
Result<Failures> read_failures(const Row& row, std::size_t first);

// Counts wrong passwords in PostgreSQL. An object belongs to one thread, like the connection, which
// has to outlive it.
class PgFailureStore final : public FailureStore {
public:
    explicit PgFailureStore(Connection& connection) : connection_(connection) {}

    Result<std::optional<Failures>> read(const UserId& user, const SessionId& session) override;
    Result<CountedFailure> count(const FailureToCount& failure) override;
    Result<void> give_back(const Text& subject) override;
    Result<void> forget(const Text& subject) override;
    Result<std::size_t> sweep(std::size_t limit) override;

private:
    Connection& connection_;
};

}  // namespace signet::store
