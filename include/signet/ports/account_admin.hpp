#pragma once

#include <signet/domain/user.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace signet {

inline constexpr std::size_t kListPageMax = 1000;

// What an operator may do to accounts from the command line. One thread's, like AccountStore, with
// the same store errors; user_not_found where the id is unknown, role_not_found where the role is.
// Every change leaves a row of the audit, in the same transaction; what is refused leaves none.
class AccountAdmin {
public:
    virtual ~AccountAdmin() = default;

    // As AccountStore::create() without a session.
    virtual Result<Account> add(const NewAccount& account) = 0;
    // How many sessions of the account ended: all.
    virtual Result<std::size_t> end_sessions(const UserId& id) = 0;

    // At most `limit` accounts (capped at kListPageMax) after the id `after`, by id; from the first
    // one when `after` is not set. Without their password hashes: those stay empty.
    virtual Result<std::vector<Account>> list(const std::optional<UserId>& after,
                                              std::size_t limit) = 0;
    // Allows signing in, or ends it: sign-in and tokens of an inactive account are refused.
    virtual Result<void> set_active(const UserId& id, bool active) = 0;
    // Replaces the stored hash; whatever password the account had stops working.
    virtual Result<void> set_password(const UserId& id, const Text& hash) = 0;
    // Deletes the account and the user_role rows that name it. Its names are free again.
    virtual Result<void> remove(const UserId& id) = 0;
    // Granting what is granted already, and revoking what is not, succeed.
    virtual Result<void> grant(const UserId& id, const Text& role) = 0;
    virtual Result<void> revoke(const UserId& id, const Text& role) = 0;
};

struct RoleRow {
    std::string name;
    std::size_t users = 0;  // how many have it by a user_role row
};

// The table `role`. One thread's, with the same store errors and the same audit as AccountAdmin.
// Names are compared bytewise, as Hasura does.
class RoleAdmin {
public:
    virtual ~RoleAdmin() = default;
    // Every role, in the order of the bytes of its name.
    virtual Result<std::vector<RoleRow>> list_roles() = 0;
    // role_taken where there is one of this name.
    virtual Result<void> create_role(const Text& name) = 0;
    // role_not_found, or role_in_use while a user_role row names it.
    virtual Result<void> remove_role(const Text& name) = 0;
};

}  // namespace signet
