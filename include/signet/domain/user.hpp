#pragma once

#include <signet/domain/claims.hpp>
#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kUsernameLengthMin = 3;
inline constexpr std::size_t kUsernameLengthMax = 64;
inline constexpr std::size_t kEmailBytesMax = 254;      // RFC 5321 section 4.5.3.1.3, without <>
inline constexpr std::size_t kMetadataBytesMax = 4096;  // of the JSON text that a client sets
inline constexpr std::size_t kLoginNameBytesMax =
    4 * 255;  // an adopted varchar(255) at its longest

// Returns a new username if it follows the rules: 3 to 64 characters of A-Za-z0-9._-, a letter or
// digit at both ends, no "..", and not a reserved name. The rules do not apply to the names of an
// adopted table. The error is invalid_input.
Result<Text> new_username(std::string_view typed);

// Returns a new e-mail address as it was typed if it follows the rules: one @, ASCII, no quoted
// local part, a dotted domain, and at most 254 bytes. The error is invalid_input.
Result<Text> new_email(std::string_view typed);

// The names of a new account: at least one of the two.
struct NewNames {
    std::optional<Text> username;
    std::optional<Text> email;
};

// The two ways in which a client names an account.
enum class NameKind : std::uint8_t { username, email };
struct LoginName {
    NameKind kind = NameKind::username;
    Text name;
};

// A row of "user" with the names of its roles, as the store reads it.
struct Account {
    UserId id;
    std::optional<std::string> username;
    std::optional<std::string> email;
    // A PHC string or a bcrypt hash. It is empty if the account has no password, so that nobody can
    // log in with one, and if the reader of the account has no use for the hash.
    std::string password_hash;
    bool active = false;  // NULL in the table counts as inactive
    std::optional<std::string> default_role;
    std::vector<std::string> roles;  // as they are in the tables: unsorted, unchecked
    std::int64_t created_at_s = 0;   // Unix time
    std::optional<std::int64_t> last_login_at_s;
    std::string metadata = "{}";  // JSON; only SessionStore::find_caller() reads it, and the next
    bool email_proven = false;    // whether the user has shown to read the mail of the address
    // What the claims function returned for the user, or claims_failed if that cannot be used. It
    // is an empty list if no function is configured, and nothing if the function was not called.
    std::optional<Result<CustomClaims>> claims = {};
};

// Returns the claims of an account that was read with them, or claims_failed. It is a bug
// (internal) to call this for an account that was read without claims.
Result<CustomClaims> known_claims(const Account& account);

// The data of a new account.
struct NewAccount {
    UserId id;
    std::optional<Text> username;
    std::optional<Text> email;
    Text password_hash;            // empty: no password
    std::optional<Text> role;      // is granted in the same transaction; empty: no role
    std::optional<Text> metadata;  // the JSON text of an object; empty: {}
};

// What a user changes of the own account. What is empty stays.
struct AccountChange {
    std::optional<Text> username;
    std::optional<Text> metadata;  // the JSON text of an object, which replaces the old one
};

}  // namespace signet
