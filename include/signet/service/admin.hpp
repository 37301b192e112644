#pragma once

#include <signet/domain/claims.hpp>
#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/accounts.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/users.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// What an operator does to users, roles and sessions. The rules stand here and not in the commands,
// so that another way in keeps to the same ones. Beside the errors that a comment names, every
// function gives the errors of the store; one that takes `user` also gives user_not_found.
//
// `user` is an id, a username or an e-mail address: see find_user().

// What these use cases work with; one thread's.
struct AdminPorts {
    AccountStore& accounts;
    AccountAdmin& admin;
    RoleAdmin& roles;
    SessionStore& sessions;
    UserReader& users;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
    Random& random;
};

// Looks for an id first. A text with an @ is looked for as an e-mail address and then as a
// username, because an adopted table may hold usernames of any kind.
Result<Account> find_user(std::string_view user, AccountStore& accounts);

// The names of a new account: at least one of the two.
struct NewNames {
    std::optional<Text> username;
    std::optional<Text> email;
};

// The names by the rules of a signup. invalid_input, with a field for each of them that breaks a
// rule.
Result<NewNames> check_names(const std::optional<std::string>& username,
                             const std::optional<std::string>& email);

// Creates an active account with the default role, if there is one. invalid_input when the password
// is too weak, username_taken, email_taken, and the errors of the hasher.
Result<Account> create_user(const NewNames& names, const std::string& password,
                            const AdminPorts& ports, const RolePolicy& policy);

// Replaces the password, by the rules of a signup. invalid_input when it is too weak, and the
// errors of the hasher.
Result<void> set_password(const Account& account, const std::string& password,
                          const AdminPorts& ports);

// Each gives the account as it was before.
Result<Account> set_active(std::string_view user, bool active, const AdminPorts& ports);
Result<Account> delete_user(std::string_view user, const AdminPorts& ports);
// Granting what is granted already, and revoking what is not, succeed. role_not_found; a grant also
// gives what check_role() refuses.
Result<Account> grant_role(std::string_view user, std::string_view role, const AdminPorts& ports,
                           const RolePolicy& policy);
Result<Account> revoke_role(std::string_view user, std::string_view role, const AdminPorts& ports);

struct UserSessions {
    Account account;
    std::vector<SessionInfo> sessions;
};
// The user with the sessions that live, the last used first.
Result<UserSessions> list_sessions(std::string_view user, const AdminPorts& ports);

struct EndedSessions {
    Account account;
    std::size_t count = 0;
};
// Ends all sessions of the user.
Result<EndedSessions> end_sessions(std::string_view user, const AdminPorts& ports);

// What a token of the user, and the webhook's answer about it, would hold now.
struct UserClaims {
    Account account;
    RoleSet roles;        // empty where the account is inactive: it gets no token
    CustomClaims custom;  // the same
};
// no_role, claims_failed.
Result<UserClaims> claims_of(std::string_view user, const AdminPorts& ports,
                             const RolePolicy& policy);

// The name of a role that may be created or granted. invalid_input where no token can carry it;
// admin_role_refused unless the policy allows the role.
Result<Text> check_role(std::string_view name, const RolePolicy& policy);
// role_taken, and what check_role() refuses.
Result<void> create_role(std::string_view name, RoleAdmin& roles, const RolePolicy& policy);
// role_not_found, role_in_use.
Result<void> delete_role(std::string_view name, RoleAdmin& roles);

// How many sessions rewrap_sessions() reads at once.
inline constexpr std::size_t kRewrapBatch = 500;

struct SessionRewrap {
    std::size_t outdated = 0;    // sealed by another than the first key-encryption key
    std::size_t unreadable = 0;  // no key-encryption key opens them: nobody can refresh them
    std::string reason;          // why the first of the unreadable ones cannot be opened
};
// Seals the keys of all sessions under the first key-encryption key. Without `execute` it only
// counts the outdated ones, and opens none. Servers may run meanwhile.
Result<SessionRewrap> rewrap_sessions(SessionMaintenance& sessions, const SessionSealer& sealer,
                                      bool execute);

}  // namespace signet
