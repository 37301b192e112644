#pragma once

#include "store/pg.hpp"

#include <signet/ports/failures.hpp>

#include <cstddef>
#include <cstdint>

namespace signet::store {

// Reads the subject and its failures, which are the four columns of a row from `first` on.
Result<Failures> read_failures(const Row& row, std::size_t first);

// Counts wrong passwords in PostgreSQL. An object belongs to one thread, like the connection, which
// has to outlive it.
class PgFailureStore final : public FailureStore {
public:
    explicit PgFailureStore(Connection& connection) : connection_(connection) {}

    Result<std::optional<Failures>> read(const UserId& user, const SessionId& session) override;
    Result<bool> reserve(const Text& subject, std::int64_t failures_max) override;
    Result<CountedFailure> count(const Failure& failure) override;
    Result<void> give_back(const Text& subject) override;
    Result<void> forget(const Text& subject) override;
    Result<std::size_t> sweep(std::size_t limit) override;

private:
    Connection& connection_;
};

}  // namespace signet::store
