#pragma once

#include <signet/domain/text.hpp>
#include <signet/result.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// A UUID in canonical lower-case form.
class UserId {
public:
    // Takes the 8-4-4-4-12 form only, letters of either case.
    static std::optional<UserId> parse(std::string_view text);
    const std::string& str() const { return value_; }
    auto operator<=>(const UserId&) const = default;

private:
    explicit UserId(std::string value) : value_(std::move(value)) {}
    std::string value_;
};

inline constexpr std::size_t kUsernameLengthMin = 3;
inline constexpr std::size_t kUsernameLengthMax = 64;
inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 section 4.5.3.1.3, less the brackets
inline constexpr std::size_t kLoginNameBytesMax = 4 * 255;  // what an adopted varchar(255) holds

// The rules for a new name: 3 to 64 of A-Za-z0-9._-, a letter or digit at both ends, no "..",
// not a reserved word. Names already in an adopted table are not held against them.
Result<Text> new_username(std::string_view typed);

// The rules for a new e-mail address: one @, ASCII, no quoted local part, a dotted domain, at most
// 254 bytes. Kept as typed.
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
    std::string
        password_hash;    // PHC string or bcrypt; empty: no password, nobody can log in by one
    bool active = false;  // NULL in the table counts as inactive
    std::optional<std::string> default_role;
    std::vector<std::string> roles;  // as the tables have them: unsorted, unchecked
    std::int64_t created_at_s = 0;   // Unix time
    std::optional<std::int64_t> last_login_at_s;
    // What AUTH_CLAIMS_FUNCTION answered about the user, as JSON text: an empty object where there
    // is no function; nothing where it answered NULL or was not asked.
    std::optional<std::string> claims = {};
};

// What a new row is made of.
struct NewAccount {
    UserId id;
    std::optional<Text> username;
    std::optional<Text> email;
    Text password_hash;
    std::optional<Text> role;  // gets a user_role row in the same transaction; none when empty
};

}  // namespace signet
