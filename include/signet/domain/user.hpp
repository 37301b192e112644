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
inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 section 4.5.3.1.3, less the brackets
inline constexpr std::size_t kLoginNameBytesMax = 4 * 255;  // what an adopted varchar(255) holds

// Returns a new user name if it follows the rules: 3 to 64 of A-Za-z0-9._-, a letter or digit at
// both ends, no "..", and not a reserved word. Names of an adopted table are not held to them.
Result<Text> new_username(std::string_view typed);

// Returns a new e-mail address as it was typed if it follows the rules: one @, ASCII, no quoted
// local part, a dotted domain, and at most 254 bytes.
Result<Text> new_email(std::string_view typed);

// How somebody names an account.
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
    // A PHC string or a bcrypt hash. Empty where there is no password, so that nobody can log in by
    // one, and where the reader has no use for it.
    std::string password_hash;
    bool active = false;  // NULL in the table counts as inactive
    std::optional<std::string> default_role;
    std::vector<std::string> roles;  // as the tables have them: unsorted, unchecked
    std::int64_t created_at_s = 0;   // Unix time
    std::optional<std::int64_t> last_login_at_s;
    // What the claims function gives for the user, or why that cannot be used: claims_failed. No
    // claims where there is no function; nothing where it was not asked.
    std::optional<Result<CustomClaims>> claims = {};
};

// Returns the claims of an account that was read with them, or claims_failed.
Result<CustomClaims> known_claims(const Account& account);

// What a new row is made of.
struct NewAccount {
    UserId id;
    std::optional<Text> username;
    std::optional<Text> email;
    Text password_hash;
    std::optional<Text> role;  // gets a user_role row in the same transaction; none when empty
};

}  // namespace signet
