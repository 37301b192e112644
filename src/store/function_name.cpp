#include "store/function_name.hpp"

#include "base/ascii.hpp"
#include "store/conninfo.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>

namespace signet::store {
namespace {

constexpr std::string_view kNoClaims = "signet.no_claims";  // sql/migrations/0005_live_users.sql
constexpr std::size_t kIdentifierBytesMax = kSchemaNameBytesMax;

bool begins_identifier(char c) {
    return is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_identifier(char c) {
    return begins_identifier(c) || is_digit(c) || c == '$';
}

// Takes an identifier in double quotes from the front of `text`, without its quotes.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string out;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] != '"') {
            out += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == '"') {
            out += '"';
            ++at;
        } else {
            text.remove_prefix(at + 1);
            return out;
        }
    }
    return std::nullopt;
}

std::optional<std::string> take_identifier(std::string_view& text) {
    std::optional<std::string> out;
    if (text.starts_with('"')) {
        out = take_quoted(text);
    } else if (!text.empty() && begins_identifier(text.front())) {
        const auto* const end = std::find_if_not(text.begin(), text.end(), continues_identifier);
        const auto size = static_cast<std::size_t>(end - text.begin());
        out = to_lower(text.substr(0, size));
        text.remove_prefix(size);
    }
    if (!out || out->empty() || out->size() > kIdentifierBytesMax) {
        return std::nullopt;
    }
    return out;
}

// Not named quoted: std::quoted would be found too, where <iomanip> is there.
std::string in_quotes(std::string_view identifier) {
    std::string out = "\"";
    for (const char c : identifier) {
        out += c == '"' ? "\"\"" : std::string(1, c);
    }
    return out + '"';
}

}  // namespace

std::optional<std::string> quote_function_name(std::string_view name) {
    if (!Text::from(name) || has_control_character(name)) {
        return std::nullopt;
    }
    const auto first = take_identifier(name);
    if (!first) {
        return std::nullopt;
    }
    if (name.empty()) {
        return in_quotes(*first);
    }
    if (!name.starts_with('.')) {
        return std::nullopt;
    }
    name.remove_prefix(1);
    const auto second = take_identifier(name);
    if (!second || !name.empty()) {
        return std::nullopt;
    }
    return in_quotes(*first) + '.' + in_quotes(*second);
}

std::string claims_call(std::string_view name) {
    return quote_function_name(name).value_or(std::string(kNoClaims));
}

}  // namespace signet::store
