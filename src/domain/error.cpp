#include <signet/domain/error.hpp>

#include <stdexcept>

namespace signet {

// A switch, so that the compiler misses a code that has no name.
// NOLINTNEXTLINE(readability-function-size): it grows with the codes and stays as simple
std::string_view to_string(Errc errc) {
    switch (errc) {
        case Errc::invalid_json:
            return "invalid-json";
        case Errc::duplicate_key:
            return "duplicate-key";
        case Errc::object_expected:
            return "object-expected";
        case Errc::invalid_input:
            return "invalid-input";
        case Errc::wrong_current_password:
            return "wrong-current-password";
        case Errc::invalid_credentials:
            return "invalid-credentials";
        case Errc::missing_token:
            return "missing-token";
        case Errc::invalid_token:
            return "invalid-token";
        case Errc::token_expired:
            return "token-expired";
        case Errc::invalid_refresh_token:
            return "invalid-refresh-token";
        case Errc::role_not_allowed:
            return "role-not-allowed";
        case Errc::no_role:
            return "no-role";
        case Errc::origin_not_allowed:
            return "origin-not-allowed";
        case Errc::invalid_action_secret:
            return "invalid-action-secret";
        case Errc::username_taken:
            return "username-taken";
        case Errc::email_taken:
            return "email-taken";
        case Errc::role_taken:
            return "role-taken";
        case Errc::user_not_found:
            return "user-not-found";
        case Errc::role_not_found:
            return "role-not-found";
        case Errc::role_in_use:
            return "role-in-use";
        case Errc::account_in_use:
            return "account-in-use";
        case Errc::session_not_found:
            return "session-not-found";
        case Errc::action_not_found:
            return "action-not-found";
        case Errc::admin_role_refused:
            return "admin-role-refused";
        case Errc::email_not_verified:
            return "email-not-verified";
        case Errc::signup_closed:
            return "signup-closed";
        case Errc::invalid_ticket:
            return "invalid-ticket";
        case Errc::too_many_attempts:
            return "too-many-attempts";
        case Errc::outbox_full:
            return "outbox-full";
        case Errc::deadline_passed:
            return "deadline-passed";
        case Errc::store_unavailable:
            return "database-unavailable";
        case Errc::store_timeout:
            return "database-timeout";
        case Errc::store_read_only:
            return "database-read-only";
        case Errc::store_full:
            return "database-full";
        case Errc::store_in_doubt:
            return "outcome-unknown";
        case Errc::store_failed:
            return "database-error";
        case Errc::store_unsafe:
            return "database-unsafe";
        case Errc::claims_failed:
            return "claims-failed";
        case Errc::no_signing_key:
            return "no-signing-key";
        case Errc::key_unusable:
            return "key-unusable";
        case Errc::token_too_large:
            return "token-too-large";
        case Errc::session_key_unavailable:
            return "session-key-unavailable";
        case Errc::out_of_memory:
            return "out-of-memory";
        case Errc::internal:
            return "internal";
    }
    return {};
}

Error Error::field(std::string pointer, std::string code, std::string detail) {
    Error error{Errc::invalid_input};
    error.fields.push_back({std::move(pointer), std::move(code), std::move(detail)});
    return error;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error("value() of a failed result: " + std::string(to_string(error.errc)) +
                           " at " + where.file_name() + ':' + std::to_string(where.line()));
}

}  // namespace signet
