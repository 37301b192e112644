#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet {

// Every reason why the service cannot do what it was asked. What a client is told about each, and
// with which HTTP status, is in routes/error_table.cpp.
enum class Errc : std::uint8_t {
    // The request cannot be read, or breaks a rule.
    invalid_json,            // the body is not one JSON text
    duplicate_key,           // an object of the body has two members of one name
    object_expected,         // the body is JSON, but not an object
    invalid_input,           // members of the body break rules; Error::fields says which and why
    wrong_current_password,  // a signed-in user typed a wrong password to confirm a change

    // The caller did not prove who they are, or may not do this. Answers never say which of its
    // causes invalid_credentials had.
    invalid_credentials,    // unknown name, wrong password or inactive account
    missing_token,          // no access token was sent
    invalid_token,          // the access token is malformed or forged, or its session is over
    token_expired,          // the access token is one of ours, and has expired
    invalid_refresh_token,  // the same for a refresh token, or it was used too long ago, or expired
    role_not_allowed,       // the user does not have the role that the webhook was asked for
    no_role,                // the user has no role, so no token can be issued
    origin_not_allowed,     // a web page of an origin that is not listed sent the request
    invalid_action_secret,  // the secret that Hasura sends is missing or another one

    // The named object does not exist, or exists already.
    username_taken,      // another account has the username
    email_taken,         // another account has the e-mail address
    role_taken,          // a role of this name exists
    user_not_found,      // no account has this name, e-mail address or id
    role_not_found,      // no role has this name
    role_in_use,         // the role cannot be removed while users have it
    account_in_use,      // the user cannot be deleted while other tables refer to the row
    session_not_found,   // the user has no session with this id
    action_not_found,    // Hasura was told to call an action that there is not
    admin_role_refused,  // users may not have the role `admin` unless the configuration allows it

    email_not_verified,  // the password was right, and the address has to be proven first
    signup_closed,       // nobody signs up by himself
    invalid_ticket,      // unknown, used, expired, void or of another purpose

    // The caller has to wait; Error::retry_after_s says how long.
    too_many_attempts,  // wrong passwords before, or too many calls of one address

    // The service cannot do it now.
    outbox_full,              // too many asks for mails wait to be decided
    deadline_passed,          // the request waited too long for a thread and was not started
    store_unavailable,        // PostgreSQL cannot be reached; nothing was changed
    store_timeout,            // PostgreSQL took too long; nothing was changed
    store_read_only,          // PostgreSQL accepts no changes: a standby, or set to read-only
    store_full,               // PostgreSQL has no disk space left
    store_in_doubt,           // the connection broke during a commit: it may have taken effect
    store_failed,             // PostgreSQL refused a statement for another reason
    store_unsafe,             // an untrusted role can change objects that the service relies on
    claims_failed,            // AUTH_CLAIMS_FUNCTION failed, or its answer cannot be used
    no_signing_key,           // no key can sign now
    key_unusable,             // a key or its file is damaged, weak, open to others, or sealed
    token_too_large,          // the roles and claims of the user do not fit into a token
    session_key_unavailable,  // the session key was sealed with a secret that this server lacks
    out_of_memory,            // not enough memory for another password hash or request
    internal,                 // a bug in the service, or an unexpected exception
};

// Returns the stable kebab-case name of a code, as it is used in answers and in the log.
std::string_view to_string(Errc errc);

// One offending member of a request body. `pointer` is an RFC 6901 JSON pointer.
struct FieldError {
    std::string pointer;
    std::string code;    // kebab-case, stable: unknown-field, required, wrong-type, too-long, …
    std::string detail;  // never holds a value that the client sent
};

// Why something failed: the error of every Result<T>.
struct Error {
    Errc errc = Errc::internal;
    std::string log_detail;          // for the log only: never sent to a client, never a secret
    std::vector<FieldError> fields;  // where members of the body are to blame
    bool alarming = false;           // an operator should see it: logged as a warning at least
    std::int64_t retry_after_s = 0;  // 0: what the code says by itself

    Error() = default;
    Error(Errc code) : errc(code) {}  // NOLINT(google-explicit-constructor): `return Errc::x;`
    Error(Errc code, std::string detail) : errc(code), log_detail(std::move(detail)) {}
    // Returns invalid_input with one offending member.
    static Error field(std::string pointer, std::string code, std::string detail);
};

// boost::system::result::value() finds this by name lookup and calls it on an error. It throws
// std::logic_error, because a caller has to check for an error first.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace signet
