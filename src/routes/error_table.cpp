#include "routes/error_table.hpp"

#include <array>
#include <cstddef>

namespace signet::routes {
namespace {

constexpr std::string_view kTryLater = "Nothing is wrong with the request. Send it again later.";

constexpr std::array kTable{
    ErrorRow{Errc::invalid_json, 400, "Invalid JSON",
             "The body is not one valid JSON text in UTF-8.", LogLevel::info},
    ErrorRow{Errc::duplicate_key, 400, "Duplicate member",
             "An object of the body names a member twice.", LogLevel::info},
    ErrorRow{Errc::object_expected, 400, "Object expected", "The body has to be a JSON object.",
             LogLevel::info},
    ErrorRow{Errc::invalid_input, 400, "Invalid input",
             "See `errors` for the members that have to change.", LogLevel::info},
    ErrorRow{Errc::wrong_current_password, 400, "Wrong current password",
             "The current password is wrong. Nothing was changed.", LogLevel::info},
    ErrorRow{Errc::invalid_credentials, 401, "Invalid credentials",
             "The name or the password is wrong, or the account cannot sign in.", LogLevel::info},
    ErrorRow{Errc::missing_token, 401, "Token missing",
             "Send an access token: `Authorization: Bearer <token>`.", LogLevel::debug},
    ErrorRow{Errc::invalid_token, 401, "Invalid token",
             "The access token is not valid. Sign in again.", LogLevel::info},
    ErrorRow{Errc::token_expired, 401, "Token expired",
             "The access token has expired. Get a new one with the refresh token: POST /refresh.",
             LogLevel::info},
    ErrorRow{Errc::invalid_refresh_token, 401, "Invalid refresh token",
             "The refresh token is not valid, or its session is over. Sign in again.",
             LogLevel::info},
    ErrorRow{Errc::role_not_allowed, 401, "Role not allowed",
             "The user does not have the role that X-Hasura-Role asks for.", LogLevel::info},
    ErrorRow{Errc::no_role, 403, "No role",
             "The account has no role. An operator has to grant one.", LogLevel::warn},
    ErrorRow{
        Errc::origin_not_allowed, 403, "Origin not allowed",
        "A web page of this origin may not do this. An operator can allow it by AUTH_CORS_ORIGINS.",
        LogLevel::info},
    ErrorRow{
        Errc::invalid_action_secret, 401, "Action secret refused",
        "Only Hasura may call this: the header X-Action-Secret has to hold AUTH_ACTION_SECRET.",
        LogLevel::info},
    ErrorRow{Errc::username_taken, 409, "Name taken",
             "Another account has this username. Choose a different one.", LogLevel::info},
    ErrorRow{Errc::email_taken, 409, "E-mail address taken",
             "Another account has this e-mail address.", LogLevel::info},
    ErrorRow{Errc::role_taken, 409, "Role exists", "There is a role of this name already.",
             LogLevel::info},
    ErrorRow{Errc::user_not_found, 404, "No such user",
             "No account has this name, e-mail address or id.", LogLevel::info},
    ErrorRow{Errc::role_not_found, 404, "No such role",
             "There is no role of this name. Create it first.", LogLevel::info},
    ErrorRow{Errc::role_in_use, 409, "Role in use",
             "Users still have this role. Revoke it from them first.", LogLevel::info},
    ErrorRow{Errc::account_in_use, 409, "Account in use",
             "Rows of other tables refer to the account and forbid that it is deleted.",
             LogLevel::warn},
    ErrorRow{Errc::session_not_found, 404, "No such session", "The user has no session of this id.",
             LogLevel::info},
    ErrorRow{Errc::action_not_found, 404, "No such action",
             "There is no action at this path. Correct the handler of the action in Hasura.",
             LogLevel::warn},
    ErrorRow{Errc::admin_role_refused, 400, "Role admin refused",
             "Hasura gives the role `admin` everything. Set AUTH_ALLOW_ADMIN_ROLE=true to use it.",
             LogLevel::warn},
    ErrorRow{Errc::email_not_verified, 403, "Address not verified",
             "Follow the link in the mail that was sent to the address, or ask for another one at "
             "/email/verification.",
             LogLevel::info},
    ErrorRow{Errc::signup_closed, 403, "Signup closed",
             "Nobody can sign up here without an invitation.", LogLevel::info},
    ErrorRow{Errc::invalid_ticket, 400, "Invalid ticket",
             "It was used, its time is over, or it is for something else. Ask for a new mail.",
             LogLevel::info},
    ErrorRow{Errc::too_many_attempts, 429, "Too many tries",
             "There were too many tries. Send it again when Retry-After has passed.",
             LogLevel::info},
    ErrorRow{Errc::outbox_full, 503, "Too many mails wait", kTryLater, LogLevel::error, 5},
    ErrorRow{Errc::deadline_passed, 503, "Too slow", kTryLater, LogLevel::warn, 1},
    ErrorRow{Errc::store_unavailable, 503, "Database unavailable", kTryLater, LogLevel::error, 2},
    ErrorRow{Errc::store_timeout, 503, "Database too slow", kTryLater, LogLevel::error, 2},
    ErrorRow{Errc::store_read_only, 503, "Database read-only", kTryLater, LogLevel::error, 5},
    ErrorRow{Errc::store_full, 503, "Database full", kTryLater, LogLevel::error, 30},
    ErrorRow{Errc::store_in_doubt, 503, "Outcome unknown",
             "The connection to the database broke while the change was committed. Look whether it "
             "took effect, then send it again.",
             LogLevel::error, 2},
    ErrorRow{Errc::store_failed, 500, "Database error",
             "The log has the reason under this request id.", LogLevel::error},
    ErrorRow{Errc::store_unsafe, 503, "Database not trusted", kTryLater, LogLevel::error, 30},
    ErrorRow{Errc::claims_failed, 503, "Claims unavailable", kTryLater, LogLevel::error, 5},
    ErrorRow{Errc::no_signing_key, 503, "No signing key", kTryLater, LogLevel::error, 5},
    ErrorRow{Errc::key_unusable, 503, "Key unusable", kTryLater, LogLevel::error, 5},
    ErrorRow{Errc::token_too_large, 500, "Token too large",
             "The roles and claims of this user do not fit into a token. Ask the operator to take "
             "some away.",
             LogLevel::error},
    ErrorRow{Errc::session_key_unavailable, 503, "Session key unavailable", kTryLater,
             LogLevel::error, 5},
    ErrorRow{Errc::out_of_memory, 503, "Out of memory", kTryLater, LogLevel::error, 5},
    ErrorRow{Errc::internal, 500, "Internal error", "The log has the reason under this request id.",
             LogLevel::error},
};

}  // namespace

std::span<const ErrorRow> error_table() {
    return kTable;
}

const ErrorRow& describe(Errc errc) {
    return kTable[static_cast<std::size_t>(errc)];
}

}  // namespace signet::routes
