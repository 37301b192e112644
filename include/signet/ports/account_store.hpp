#pragma once

#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <optional>

namespace signet {

// A stored hash that is to become another, if nobody changed it meanwhile.
struct PasswordChange {
    Text expected_hash;
    Text new_hash;
};

// Accounts as the use cases need them. An object belongs to one thread. Errors of every method:
// store_unavailable, store_timeout, store_read_only, store_full, store_in_doubt, store_failed.
class AccountStore {
public:
    virtual ~AccountStore() = default;

    // An exact match wins; else the only account whose name matches without regard to ASCII case;
    // else nobody (also when several match).
    virtual Result<std::optional<Account>> find(const LoginName& name) = 0;
    virtual Result<std::optional<Account>> find(const UserId& id) = 0;

    // The user and its role row in one transaction. username_taken and email_taken are without
    // regard to ASCII case. The role is created if the table `role` lacks it.
    virtual Result<Account> create(const NewAccount& account) = 0;

    // Notes the time of a login. With `rehash`, the stored hash is replaced in the same statement
    // if it still is the expected one.
    virtual Result<void> record_login(const UserId& id,
                                      const std::optional<PasswordChange>& rehash) = 0;

    // Whether the database answers and its schema is the one that this binary needs.
    virtual Result<void> ping() = 0;
};

}  // namespace signet
