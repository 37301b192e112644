#pragma once

#include <signet/domain/ticket.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/events.hpp>
#include <signet/ports/failures.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace signet {

// Who tries to log in with a name.
struct LoginOrigin {
    Text stranger;                // the subject of the failures if nobody has the name
    std::optional<Text> network;  // the client's, as in SessionClient::address
};

struct LoginMatch {
    std::optional<Account> account;
    Failures failures;  // those that count for a client of this network
};

// Reads accounts for the use cases; AccountTransaction (ports/sessions.hpp) changes them. An object
// belongs to one thread. Every method can return store_unavailable, store_timeout, store_read_only,
// store_full, store_in_doubt and store_failed.
class AccountStore {
public:
    virtual ~AccountStore() = default;

    // Returns the account whose name matches exactly; otherwise the only one whose name matches
    // without regard to ASCII case; otherwise nothing, even if several match.
    virtual Result<std::optional<Account>> find(const LoginName& name) = 0;
    virtual Result<std::optional<Account>> find(const UserId& id) = 0;
    // Does what find() does by name, and says what counts against the try, in the same step.
    virtual Result<LoginMatch> find_for_login(const LoginName& name, const LoginOrigin& origin) = 0;

    // Succeeds if the database answers, takes writes, and has the schema that this binary needs.
    virtual Result<void> ping() = 0;
};

inline constexpr std::size_t kListPageMax = 1000;

// Which accounts to list. What is not set does not filter.
struct AccountFilter {
    // A part of the username or the e-mail address, compared without regard to ASCII case. No
    // character of it has a special meaning.
    std::optional<Text> search = {};
    std::optional<Text> role = {};  // a role that a user_role row gives
};

// The way into a new account that has no password.
struct Invitation {
    NewTicket ticket;
    NewOutboxRow mail;
};

// What an operator may do to accounts. An object belongs to one thread and has the errors of
// AccountStore, user_not_found for an unknown id and role_not_found for an unknown role. Every
// change writes a row to the audit in the same transaction; a refused change writes none.
class AccountAdmin {
public:
    virtual ~AccountAdmin() = default;

    // Creates an account as AccountTransaction::create_account() does, and returns it.
    virtual Result<Account> add(const NewAccount& account) = 0;
    // Creates an account, with these roles as well, and writes the ticket and the mail in the same
    // transaction. Errors: those of add(), and role_not_found.
    virtual Result<Account> invite(const NewAccount& account, const std::vector<Text>& roles,
                                   const Invitation& invitation) = 0;
    // Has every change from now on write its event through `teller`, in the same transaction, and
    // set_password() and set_email() a notice: the latter to the address until then. `teller` has
    // to outlive this; with null, which is so at first, there is neither.
    virtual void tell_of_changes(EventTeller* teller) = 0;
    // Ends all sessions of the account and returns how many there were.
    virtual Result<std::size_t> end_sessions(const UserId& id) = 0;

    // Returns at most `limit` accounts (and at most kListPageMax), ordered by id, that come after
    // `after` and pass the filter. Their password hashes are left empty.
    virtual Result<std::vector<Account>> list(const AccountFilter& filter,
                                              const std::optional<UserId>& after,
                                              std::size_t limit) = 0;
    // Replaces the username. Error: username_taken if another account has it, as for a signup.
    virtual Result<void> rename(const UserId& id, const Text& username) = 0;
    // Replaces the e-mail address, or removes it. Error: email_taken, as for a signup. An account
    // that would be left without a name to log in with counts as unknown.
    virtual Result<void> set_email(const UserId& id, const std::optional<Text>& email) = 0;
    // Sign-ins and tokens of an inactive account are refused, and its sessions end.
    virtual Result<void> set_active(const UserId& id, bool active) = 0;
    // Forgets the wrong passwords that count against the user, wherever they were typed. Returns
    // whether there were any.
    virtual Result<bool> unlock(const UserId& id) = 0;
    // Replaces the stored hash, so that the old password stops working, ends all sessions, and
    // forgets wrong passwords.
    virtual Result<void> set_password(const UserId& id, const Text& hash) = 0;
    // Deletes the account and its user_role rows. Its names can be used again. A further error is
    // account_in_use if a table of somebody else refers to it.
    virtual Result<void> remove(const UserId& id) = 0;
    // Grants all of the roles or, if there is an error, none; and revokes them likewise. Returns
    // those that were changed, so not those that the user had, or did not have, already.
    virtual Result<std::vector<Text>> grant(const UserId& id, const std::vector<Text>& roles) = 0;
    virtual Result<std::vector<Text>> revoke(const UserId& id, const std::vector<Text>& roles) = 0;
};

struct RoleRow {
    std::string name;
    std::size_t users = 0;  // how many users have it through a user_role row
};

// The table `role`. An object belongs to one thread, with the errors and the audit of AccountAdmin.
// Names are compared bytewise, as Hasura compares them.
class RoleAdmin {
public:
    virtual ~RoleAdmin() = default;
    // Returns at most `limit` roles, in the order of the bytes of their names. With `search` only
    // those whose name contains it, compared as in AccountFilter.
    virtual Result<std::vector<RoleRow>> list_roles(const std::optional<Text>& search,
                                                    std::size_t limit) = 0;
    // Creates the role. Error: role_taken.
    virtual Result<void> create_role(const Text& name) = 0;
    // Deletes the role. Errors: role_not_found, and role_in_use while a user_role row names it.
    virtual Result<void> remove_role(const Text& name) = 0;
};

}  // namespace signet
