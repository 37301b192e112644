#pragma once

#include <signet/domain/claims.hpp>
#include <signet/domain/mail_policy.hpp>
#include <signet/domain/role.hpp>
#include <signet/domain/session.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/accounts.hpp>
#include <signet/ports/audit.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/users.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// The use cases of an operator, on users, roles and sessions. The rules are here and not in the
// commands, so that every other interface for operators applies the same ones. Besides the errors
// that its comment names, every function returns the errors of the store, and a function that takes
// `user` also returns user_not_found.
//
// `user` is an id, a username or an e-mail address: see find_user().

// What these use cases work with. It belongs to one thread.
struct AdminPorts {
    AccountStore& accounts;
    AccountAdmin& admin;
    RoleAdmin& roles;
    AuditTrail& audit;
    SessionStore& sessions;
    UserReader& users;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
    Random& random;
};

// Returns the account that has the text as its id; otherwise, if the text contains an @, the one
// that has it as its e-mail address; otherwise the one that has it as its username, because an
// adopted table may hold usernames of any kind.
Result<Account> find_user(std::string_view user, AccountStore& accounts);

// Returns the names if they follow the rules of a signup. Otherwise the error is invalid_input with
// a field for each name that breaks a rule.
Result<NewNames> check_names(const std::optional<std::string>& username,
                             const std::optional<std::string>& email);

// Creates an active account with the default role, if there is one. Errors: invalid_input if the
// password is too weak, username_taken, email_taken, and those of the hasher.
Result<Account> create_user(const NewNames& names, const std::string& password,
                            const AdminPorts& ports, const RolePolicy& policy);

// Whom to invite. The mail is in the language, or in English.
struct InvitationOrder {
    std::string address;
    std::vector<std::string> roles;
    std::string language;
};
// Creates an active account without a password, with the default role and these, and writes a mail
// whose link is good for kInvitationTtlS. Errors: invalid_input, email_taken, role_not_found, and
// those of check_role() and of the sealer.
Result<Account> invite_user(const InvitationOrder& order, const AdminPorts& ports,
                            const SessionSealer& sealer, const RolePolicy& policy,
                            const MailPolicy& mail);

// Replaces the password, by the rules of a signup. Errors: invalid_input if it is too weak, and
// those of the hasher.
Result<void> set_password(const Account& account, const std::string& password,
                          const AdminPorts& ports);

// Each of the next two returns the account as it was before. Nothing is done to one that is active,
// or inactive, already.
Result<Account> set_active(std::string_view user, bool active, const AdminPorts& ports);
Result<Account> delete_user(std::string_view user, const AdminPorts& ports);

// Part of a list, and whether there is more.
template <class Row>
struct ListPart {
    std::vector<Row> rows;
    bool more = false;
};
// What to list. What is not set does not filter; see AccountFilter.
struct ListFilter {
    std::optional<std::string> search = {};
    std::optional<std::string> role = {};  // not for a list of roles
    std::size_t limit = 0;
};
// Returns the first `limit` users by id. Everybody has the default role of the policy, so it does
// not filter. Error: role_not_found if nobody has the role because there is none of this name.
Result<ListPart<Account>> list_users(const ListFilter& filter, const AdminPorts& ports,
                                     const RolePolicy& policy);
// Returns the first `limit` roles by name.
Result<ListPart<RoleRow>> list_roles(const ListFilter& filter, RoleAdmin& roles);

// Which rows of the audit to list. What is not set does not filter.
struct AuditQuestion {
    std::optional<std::string> user = {};  // the subject, as for find_user(), or the id of one gone
    std::optional<std::string> action = {};
    std::optional<std::int64_t> since_s = {};  // in Unix seconds
    std::size_t limit = 0;
};
// Returns the `limit` rows that were added last, in the order in which they were.
Result<ListPart<AuditEntry>> list_audit(const AuditQuestion& question, const AdminPorts& ports);

// An account after a change, and whether anything had to be changed for it.
struct ChangedAccount {
    Account account;
    bool changed = false;
};
// Forgets the wrong passwords that count against the user.
Result<ChangedAccount> unlock_user(std::string_view user, const AdminPorts& ports);
// Gives the user another username, by the rules of a signup. Sessions go on. Errors: invalid_input,
// username_taken.
Result<ChangedAccount> rename_user(std::string_view user, const std::string& username,
                                   const AdminPorts& ports);
// Gives the user another e-mail address by the rules of a signup, or none. Sessions go on. Errors:
// invalid_input (also if the user has no username and would be left without a name), email_taken.
Result<ChangedAccount> set_email(std::string_view user, const std::optional<std::string>& email,
                                 const AdminPorts& ports);

// The account after a change of its roles, and which of the roles were changed.
struct RolesChange {
    Account account;
    std::vector<std::string> changed;
    std::vector<std::string> unchanged;  // the user had them, or did not have them, already
};
// Grants or revokes all of the roles, or none if there is an error. Errors: role_not_found with the
// name in its log_detail, and for a grant those of check_role().
Result<RolesChange> grant_roles(std::string_view user, const std::vector<std::string>& roles,
                                const AdminPorts& ports, const RolePolicy& policy);
Result<RolesChange> revoke_roles(std::string_view user, const std::vector<std::string>& roles,
                                 const AdminPorts& ports);

struct UserSessions {
    Account account;
    std::vector<SessionInfo> sessions;
};
// Returns the user and the live sessions, the most recently used first.
Result<UserSessions> list_sessions(std::string_view user, const AdminPorts& ports);

struct EndedSessions {
    Account account;
    std::size_t count = 0;
};
// Ends all sessions of the user and returns how many there were.
Result<EndedSessions> end_sessions(std::string_view user, const AdminPorts& ports);

// What a token of the user, and the webhook's answer about it, would contain now.
struct UserClaims {
    Account account;
    RoleSet roles;        // empty if the account is inactive, because it gets no token
    CustomClaims custom;  // likewise
};
// Returns the roles and claims that the user would get now. Errors: no_role, claims_failed.
Result<UserClaims> claims_of(std::string_view user, const AdminPorts& ports,
                             const RolePolicy& policy);

// Returns the name if a role of this name may be created or granted. Errors: invalid_input if no
// token can carry it, and admin_role_refused if the policy does not allow it.
Result<Text> check_role(std::string_view name, const RolePolicy& policy);
// Errors: role_taken, and those of check_role().
Result<void> create_role(std::string_view name, RoleAdmin& roles, const RolePolicy& policy);
// Errors: role_not_found, role_in_use.
Result<void> delete_role(std::string_view name, RoleAdmin& roles);

// How many sessions or rows are read in one query.
inline constexpr std::size_t kRewrapBatch = 500;

struct Rewrap {
    std::size_t outdated = 0;    // not sealed with the first key-encryption key
    std::size_t unreadable = 0;  // no key-encryption key opens them, so they are of no use
    std::string reason;          // why the first of the unreadable ones cannot be opened
};
using OnProgress = std::function<void(std::size_t)>;
// Seals the keys of all sessions with the first key-encryption key. Without `execute` it only
// counts the outdated ones and opens none. Servers may run meanwhile. `on_progress` is told after
// each query how many have been looked at.
Result<Rewrap> rewrap_sessions(SessionMaintenance& sessions, const SessionSealer& sealer,
                               bool execute, const OnProgress& on_progress = {});
// Does the same for what the rows of the outbox say. Those that were given up and cannot be opened
// are not counted: that is why they were given up.
Result<Rewrap> rewrap_outbox(Outbox& outbox, const SessionSealer& sealer, bool execute,
                             const OnProgress& on_progress = {});

}  // namespace signet
