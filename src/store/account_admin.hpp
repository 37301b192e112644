#pragma once

#include "store/account_transaction.hpp"
#include "store/claims.hpp"
#include "store/pg.hpp"

#include <signet/ports/accounts.hpp>

#include <string>
#include <string_view>

namespace signet::store {

// Makes the changes of an operator to accounts in PostgreSQL. An object belongs to one thread; the
// connection has to outlive it.
class PgAccountAdmin final : public AccountAdmin {
public:
    PgAccountAdmin(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), claims_(options), actor_(options.actor) {}

    Result<Account> add(const NewAccount& account) override;
    Result<Account> invite(const NewAccount& account, const std::vector<Text>& roles,
                           const Invitation& invitation) override;
    void tell_of_changes(EventTeller* teller) override { teller_ = teller; }
    Result<std::size_t> end_sessions(const UserId& id) override;
    Result<std::vector<Account>> list(const AccountFilter& filter,
                                      const std::optional<UserId>& after,
                                      std::size_t limit) override;
    Result<void> rename(const UserId& id, const Text& username) override;
    Result<void> set_email(const UserId& id, const std::optional<Text>& email) override;
    Result<void> set_active(const UserId& id, bool active) override;
    Result<bool> unlock(const UserId& id) override;
    Result<void> set_password(const UserId& id, const Text& hash) override;
    Result<void> remove(const UserId& id) override;
    Result<std::vector<Text>> grant(const UserId& id, const std::vector<Text>& roles) override;
    Result<std::vector<Text>> revoke(const UserId& id, const std::vector<Text>& roles) override;

private:
    // A change of a name that has `names` free, runs `query` with its parameters, is noted as
    // `action` with the name before and after, and is told as `event`.
    struct NameChange {
        std::string_view action;
        std::string_view event;
        const sql::Query& query;
        std::optional<Text> username = {};
        std::optional<Text> email = {};
    };
    Result<void> change_name(const UserId& id, const NameChange& change);
    Result<std::vector<Text>> change_roles(const UserId& id, const std::vector<Text>& roles,
                                           const sql::Query& query, std::string_view action);
    Result<Account> finish(PgAccountTransaction& adding, const UserId& id, const char* by);
    // Writes an event about the user, if events are to be told.
    Result<void> tell(Transaction& transaction, std::string_view event, const UserId& id,
                      MessageValues data = {});
    // Mails a notice to the user, at `address` or else at the one that it has.
    Result<void> notify(Transaction& transaction, std::string_view notice, const UserId& id,
                        const std::optional<std::string>& address = {}, MessageValues values = {});
    Result<void> tell_of_roles(Transaction& transaction, const UserId& id,
                               const std::vector<Text>& changed, std::string_view action);

    Connection& connection_;
    ClaimsCall claims_;
    std::string actor_;
    EventTeller* teller_ = nullptr;
};

// Manages the table `role` in PostgreSQL. An object belongs to one thread; the connection has to
// outlive it.
class PgRoleAdmin final : public RoleAdmin {
public:
    PgRoleAdmin(Connection& connection, const ConnectionOptions& options)
        : connection_(connection), actor_(options.actor) {}

    Result<std::vector<RoleRow>> list_roles(const std::optional<Text>& search,
                                            std::size_t limit) override;
    Result<void> create_role(const Text& name) override;
    Result<void> remove_role(const Text& name) override;

private:
    Connection& connection_;
    std::string actor_;
};

}  // namespace signet::store
