#pragma once

#include "store/pg.hpp"

#include <signet/ports/user_import.hpp>

#include <string>

namespace signet::store {

// Adds users in bulk to PostgreSQL, over a connection of its own. An object belongs to one thread.
class PgUserImport final : public UserImport {
public:
    explicit PgUserImport(const ConnectionOptions& options);

    Result<std::vector<ImportVerdict>> look(std::span<const ImportedUser> users) override;
    Result<std::vector<ImportVerdict>> add(std::span<const ImportedUser> users,
                                           std::string_view source,
                                           std::string_view detail) override;

private:
    Connection connection_;
    std::string actor_;
};

}  // namespace signet::store
