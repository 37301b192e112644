#pragma once

#include "store/pg.hpp"

#include <signet/ports/account_admin.hpp>

namespace signet::store {

// What an operator does to accounts in PostgreSQL. One thread's; the connection outlives it.
class PgAccountAdmin final : public AccountAdmin {
public:
    explicit PgAccountAdmin(Connection& connection) : connection_(connection) {}

    Result<std::vector<Account>> list(const std::optional<UserId>& after,
                                      std::size_t limit) override;
    Result<void> set_active(const UserId& id, bool active) override;
    Result<void> set_password(const UserId& id, const Text& hash) override;
    Result<void> remove(const UserId& id) override;
    Result<void> grant(const UserId& id, const Text& role) override;
    Result<void> revoke(const UserId& id, const Text& role) override;

private:
    Connection& connection_;
};

// The table `role` in PostgreSQL. One thread's; the connection outlives it.
class PgRoleAdmin final : public RoleAdmin {
public:
    explicit PgRoleAdmin(Connection& connection) : connection_(connection) {}

    Result<std::vector<RoleRow>> list_roles() override;
    Result<void> create_role(const Text& name) override;
    Result<void> remove_role(const Text& name) override;

private:
    Connection& connection_;
};

}  // namespace signet::store
