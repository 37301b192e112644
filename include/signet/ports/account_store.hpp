#pragma once

#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <optional>

namespace signet {

// Accounts as the use cases need them. An object belongs to one thread. Errors of every method:
// store_unavailable, store_timeout, store_read_only, store_full, store_in_doubt, store_failed.
class AccountStore {
public:
    virtual ~AccountStore() = default;

    // An exact match wins; else the only account whose name matches without regard to ASCII case;
    // else nobody (also when several match).
    virtual Result<std::optional<Account>> find(const LoginName& name) = 0;
    virtual Result<std::optional<Account>> find(const UserId& id) = 0;

    // The user, its role row and its first session in one transaction. username_taken and
    // email_taken are without regard to ASCII case. The role is created if the table `role` lacks
    // it. With a session the account comes with its claims, and claims_failed is an error.
    virtual Result<Account> create(const NewAccount& account,
                                   const std::optional<NewSession>& session) = 0;
    // The same without a session.
    Result<Account> create(const NewAccount& account) { return create(account, std::nullopt); }

    // Whether the database answers and its schema is the one that this binary needs.
    virtual Result<void> ping() = 0;
};

}  // namespace signet
