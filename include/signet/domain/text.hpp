#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// Valid UTF-8 without U+0000. The store accepts no other text: libpq ends a text parameter at the
// first NUL, so "admin\0evil" would silently become "admin", and PostgreSQL rejects invalid UTF-8
// with an error that would look like a bug in our SQL.
class Text {
public:
    // Returns nothing if `bytes` is not valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at
    // most U+10FFFF) or contains a NUL.
    static std::optional<Text> from(std::string_view bytes);

    const std::string& str() const { return value_; }
    std::string_view view() const { return value_; }
    auto operator<=>(const Text&) const = default;

private:
    explicit Text(std::string value) : value_(std::move(value)) {}
    std::string value_;
};

// Returns the number of code points of valid UTF-8. For any other text it is the number of bytes
// that are not continuation bytes.
std::size_t count_code_points(std::string_view utf8);

// Tells whether the text contains a control character (Unicode category Cc: C0, DEL, C1).
bool has_control_character(std::string_view utf8);

// Returns the text without white space (Unicode property White_Space) at either end. Keyboards of
// phones leave such behind a word.
std::string_view trim_white_space(std::string_view utf8);

}  // namespace signet
