#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// Valid UTF-8 without U+0000. The only text that the store takes: libpq ends a text parameter at
// the first NUL, so "admin\0evil" would silently become "admin", and PostgreSQL refuses bad UTF-8
// with an error that would look like ours.
class Text {
public:
    // Empty when `bytes` is not valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most
    // U+10FFFF) or holds a NUL.
    static std::optional<Text> from(std::string_view bytes);

    const std::string& str() const { return value_; }
    std::string_view view() const { return value_; }
    auto operator<=>(const Text&) const = default;

private:
    explicit Text(std::string value) : value_(std::move(value)) {}
    std::string value_;
};

// Code points of valid UTF-8; for anything else the count of non-continuation bytes.
std::size_t count_code_points(std::string_view utf8);

// True when a control character (Unicode category Cc: C0, DEL, C1) stands in it.
bool has_control_character(std::string_view utf8);

}  // namespace signet
