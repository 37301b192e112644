#pragma once

#include <signet/domain/mail_policy.hpp>
#include <signet/domain/text.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/result.hpp>
#include <signet/service/authorize.hpp>
#include <signet/service/throttle.hpp>

#include <optional>
#include <string>

// What signed-in users change of their own accounts. The errors of the store come with those that
// are named.
namespace signet {

struct PasswordInput {
    std::string current_password;
    std::string new_password;
};

// What change_password() works with. It belongs to one thread of a lane.
struct PasswordPorts {
    SessionStore& sessions;
    FailureStore& failures;
    PasswordHasher& hasher;
    const PasswordJudge& judge;
    PasswordThrottle& throttle;
    // What tells the user of the change.
    const SessionSealer& sealer;
    Random& random;
    const MailPolicy& mail;
    Origin origin = {};  // of the request
};

// Changes the caller's password and ends all sessions but the caller's own. Errors:
// wrong_current_password if the current password is wrong or was changed meanwhile, invalid_input
// if the new one is not good enough, too_many_attempts as for a login, and those of the store and
// the hasher.
Result<void> change_password(const Caller& caller, const PasswordInput& input,
                             const PasswordPorts& ports);

// What a user changes of the own account, as it was typed. At least one has to be set.
struct AccountInput {
    std::optional<std::string> username;
    std::optional<Text> metadata;  // the JSON text of an object
};

// What change_account() works with. It belongs to one thread of a lane.
struct AccountPorts {
    SessionStore& sessions;
    // What tells others of the change.
    const SessionSealer& sealer;
    Random& random;
    const MailPolicy& mail;
    Origin origin = {};  // of the request
};

// Changes the caller's account. Errors: invalid_input with fields, username_taken, and
// invalid_token if the account became inactive or the session ended meanwhile.
Result<void> change_account(const Caller& caller, const AccountInput& input,
                            const AccountPorts& ports);

// Deletes the caller's account with everything that is its own. Errors: wrong_current_password if
// the password is wrong or was changed meanwhile, too_many_attempts as for a login, account_in_use,
// and those of the hasher.
Result<void> delete_account(const Caller& caller, const std::string& current_password,
                            const PasswordPorts& ports);

}  // namespace signet
