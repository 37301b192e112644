#include <signet/domain/error.hpp>

#include <array>
#include <stdexcept>
#include <utility>

namespace signet {
namespace {

constexpr std::string_view kTryLater = "Nothing is wrong with the request. Send it again later.";

constexpr std::array kTable{
    ErrorInfo{Errc::invalid_json, "invalid-json", 400, "Invalid JSON",
              "The body is not one valid JSON text in UTF-8.", LogLevel::debug, 0},
    ErrorInfo{Errc::duplicate_key, "duplicate-key", 400, "Duplicate member",
              "An object of the body names a member twice.", LogLevel::debug, 0},
    ErrorInfo{Errc::object_expected, "object-expected", 400, "Object expected",
              "The body has to be a JSON object.", LogLevel::debug, 0},
    ErrorInfo{Errc::invalid_input, "invalid-input", 400, "Invalid input",
              "See `errors` for the members that have to change.", LogLevel::debug, 0},
    ErrorInfo{Errc::invalid_credentials, "invalid-credentials", 401, "Invalid credentials",
              "The name or the password is wrong, or the account cannot sign in.", LogLevel::info,
              0},
    ErrorInfo{Errc::missing_token, "missing-token", 401, "Token missing",
              "Send an access token: `Authorization: Bearer <token>`.", LogLevel::debug, 0},
    ErrorInfo{Errc::invalid_token, "invalid-token", 401, "Invalid token",
              "The access token is not valid. Sign in again.", LogLevel::info, 0},
    ErrorInfo{Errc::invalid_refresh_token, "invalid-refresh-token", 401, "Invalid refresh token",
              "The refresh token is not valid, or its session is over. Sign in again.",
              LogLevel::info, 0},
    ErrorInfo{Errc::role_not_allowed, "role-not-allowed", 401, "Role not allowed",
              "The user does not have the role that X-Hasura-Role asks for.", LogLevel::info, 0},
    ErrorInfo{Errc::no_role, "no-role", 403, "No role",
              "The account has no role. An operator has to grant one.", LogLevel::warn, 0},
    ErrorInfo{Errc::username_taken, "username-taken", 409, "Name taken",
              "Another account has this username. Choose a different one.", LogLevel::info, 0},
    ErrorInfo{Errc::email_taken, "email-taken", 409, "E-mail address taken",
              "Another account has this e-mail address.", LogLevel::info, 0},
    ErrorInfo{Errc::role_taken, "role-taken", 409, "Role exists",
              "There is a role of this name already.", LogLevel::info, 0},
    ErrorInfo{Errc::user_not_found, "user-not-found", 404, "No such user",
              "No account has this name, e-mail address or id.", LogLevel::info, 0},
    ErrorInfo{Errc::role_not_found, "role-not-found", 404, "No such role",
              "There is no role of this name. Create it first.", LogLevel::info, 0},
    ErrorInfo{Errc::role_in_use, "role-in-use", 409, "Role in use",
              "Users still have this role. Revoke it from them first.", LogLevel::info, 0},
    ErrorInfo{Errc::session_not_found, "session-not-found", 404, "No such session",
              "The user has no session of this id.", LogLevel::info, 0},
    ErrorInfo{Errc::origin_not_allowed, "origin-not-allowed", 403, "Origin not allowed",
              "A web page of this origin may not do this. An operator can allow it by "
              "AUTH_CORS_ORIGINS.",
              LogLevel::info, 0},
    ErrorInfo{Errc::admin_role_refused, "admin-role-refused", 400, "Role admin refused",
              "Hasura gives the role `admin` everything. Set AUTH_ALLOW_ADMIN_ROLE=true to use it.",
              LogLevel::warn, 0},
    ErrorInfo{Errc::deadline_passed, "deadline-passed", 503, "Too slow", kTryLater, LogLevel::warn,
              1},
    ErrorInfo{Errc::store_unavailable, "database-unavailable", 503, "Database unavailable",
              kTryLater, LogLevel::error, 2},
    ErrorInfo{Errc::store_timeout, "database-timeout", 503, "Database too slow", kTryLater,
              LogLevel::error, 2},
    ErrorInfo{Errc::store_read_only, "database-read-only", 503, "Database read-only", kTryLater,
              LogLevel::error, 5},
    ErrorInfo{Errc::store_full, "database-full", 503, "Database full", kTryLater, LogLevel::error,
              30},
    ErrorInfo{Errc::store_in_doubt, "outcome-unknown", 503, "Outcome unknown",
              "The connection to the database broke while the change was committed. Look whether "
              "it took effect, then send it again.",
              LogLevel::error, 2},
    ErrorInfo{Errc::store_failed, "database-error", 500, "Database error",
              "The log has the reason under this request id.", LogLevel::error, 0},
    ErrorInfo{Errc::store_unsafe, "database-unsafe", 503, "Database not trusted", kTryLater,
              LogLevel::error, 30},
    ErrorInfo{Errc::claims_failed, "claims-failed", 503, "Claims unavailable", kTryLater,
              LogLevel::error, 5},
    ErrorInfo{Errc::no_signing_key, "no-signing-key", 503, "No signing key", kTryLater,
              LogLevel::error, 5},
    ErrorInfo{Errc::key_unusable, "key-unusable", 503, "Key unusable", kTryLater, LogLevel::error,
              5},
    ErrorInfo{Errc::token_too_large, "token-too-large", 500, "Token too large",
              "The roles and claims of this user do not fit into a token. Ask the operator to take "
              "some away.",
              LogLevel::error, 0},
    ErrorInfo{Errc::session_key_unavailable, "session-key-unavailable", 503,
              "Session key unavailable", kTryLater, LogLevel::error, 5},
    ErrorInfo{Errc::out_of_memory, "out-of-memory", 503, "Out of memory", kTryLater,
              LogLevel::error, 5},
    ErrorInfo{Errc::internal, "internal", 500, "Internal error",
              "The log has the reason under this request id.", LogLevel::error, 0},
};

}  // namespace

std::span<const ErrorInfo> error_table() {
    return kTable;
}

const ErrorInfo& describe(Errc errc) {
    return kTable[static_cast<std::size_t>(errc)];
}

Error Error::field(std::string pointer, std::string code, std::string detail) {
    Error error{Errc::invalid_input};
    error.fields.push_back({std::move(pointer), std::move(code), std::move(detail)});
    return error;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error("value() of a failed result: " + std::string(describe(error.errc).code) +
                           " at " + where.file_name() + ':' + std::to_string(where.line()));
}

}  // namespace signet
