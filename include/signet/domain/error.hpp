#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

// Every outcome that a caller of the service can meet. One row of the table in error.cpp each: add
// here and there together; a test holds the table total and the wire codes unique.
enum class Errc : std::uint8_t {
    invalid_json,
    duplicate_key,
    object_expected,
    invalid_input,
    invalid_credentials,
    missing_token,
    invalid_token,
    invalid_refresh_token,
    role_not_allowed,
    no_role,
    username_taken,
    email_taken,
    role_taken,
    user_not_found,
    role_not_found,
    role_in_use,
    session_not_found,
    origin_not_allowed,
    admin_role_refused,
    deadline_passed,
    store_unavailable,
    store_timeout,
    store_read_only,
    store_full,
    store_in_doubt,
    store_failed,
    store_unsafe,
    claims_failed,
    no_signing_key,  // no key can sign now
    // A key, or the file that holds it, is damaged, too weak, open to others or cannot be unsealed.
    key_unusable,
    token_too_large,
    session_key_unavailable,
    out_of_memory,
    internal,
};

// What a client is told about an Errc. RFC 9457: `code` is our stable extension member.
struct ErrorInfo {
    Errc errc;
    std::string_view code;    // kebab-case, stable
    int status;               // HTTP status
    std::string_view title;   // short, the same for every occurrence
    std::string_view detail;  // what to do about it; may be shown to anybody
    LogLevel level;
    int retry_after_s;  // 0: no Retry-After header
};

// The table, one row an Errc, in the order of the enumeration.
std::span<const ErrorInfo> error_table();
const ErrorInfo& describe(Errc errc);

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
    std::vector<FieldError> fields;  // only with Errc::invalid_input
    bool alarming = false;           // an operator should see it: logged as a warning at least

    Error() = default;
    Error(Errc code) : errc(code) {}  // NOLINT(google-explicit-constructor): `return Errc::x;`
    Error(Errc code, std::string detail) : errc(code), log_detail(std::move(detail)) {}
    // invalid_input with one offending member.
    static Error field(std::string pointer, std::string code, std::string detail);
};

// Found by boost::system::result::value() on an error; throws std::logic_error. Check first.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace signet
