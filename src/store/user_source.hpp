#pragma once

#include "store/pg.hpp"

#include <signet/ports/user_import.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signet::store {

// Whose tables are read.
enum class UserLayout : std::uint8_t { original, hasura_backend_plus, hasura_auth };

// Reads the users of another service from its database, page by page in the order of their ids.
// Changes nothing. An object belongs to one thread.
class PgUserSource final : public UserSource {
public:
    // Of `options` the connection and the time-outs count.
    PgUserSource(UserLayout layout, const ConnectionOptions& options);

    Result<std::optional<SourceRow>> next() override;

private:
    Result<void> fetch();

    UserLayout layout_;
    Connection connection_;
    Rows page_;
    std::size_t at_ = 0;         // in the page
    std::uint64_t number_ = 0;   // of rows that were returned
    std::optional<Uuid> after_;  // the key of the last row that was read
    bool last_page_ = false;
};

}  // namespace signet::store
