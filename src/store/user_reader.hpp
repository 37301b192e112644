#pragma once

#include "store/claims_call.hpp"
#include "store/pg.hpp"

#include <signet/ports/user_reader.hpp>

namespace signet::store {

// The user of a result of sql/queries/read_user_now.sql.
Result<UserReading> read_user(Rows rows);

// Reads users for the webhook from PostgreSQL, and calls the claims function in the same statement.
// One thread's; the connection outlives it.
class PgUserReader final : public UserReader {
public:
    PgUserReader(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options) {}

    Result<UserReading> read(const UserId& id) override;

private:
    Connection& connection_;
    ClaimsCall claims_;
};

}  // namespace signet::store
