#include "store/function_name.hpp"

#include "base/ascii.hpp"
#include "store/conninfo.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <utility>
#include <vector>

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

// Removes an identifier in double quotes from the front of `text` and returns it without the
// quotes.
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

// Returns the one or two identifiers of the name.
std::optional<std::vector<std::string>> split(std::string_view name) {
    if (!Text::from(name) || has_control_character(name)) {
        return std::nullopt;
    }
    auto first = take_identifier(name);
    if (!first) {
        return std::nullopt;
    }
    std::vector<std::string> parts{*std::move(first)};
    if (name.starts_with('.')) {
        name.remove_prefix(1);
        auto second = take_identifier(name);
        if (!second) {
            return std::nullopt;
        }
        parts.push_back(*std::move(second));
    }
    return name.empty() ? std::optional(std::move(parts)) : std::nullopt;
}

std::string doubled(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        out.append(c == quote ? 2 : 1, c);
    }
    return out + quote;
}

}  // namespace

std::string quote_identifier(std::string_view identifier) {
    return doubled(identifier, '"');
}

std::string quote_literal(std::string_view text) {
    return doubled(text, '\'');
}

std::optional<std::string> quote_function_name(std::string_view name) {
    const auto parts = split(name);
    if (!parts) {
        return std::nullopt;
    }
    return quote_identifier(parts->front()) +
           (parts->size() == 2 ? '.' + quote_identifier(parts->back()) : std::string());
}

std::string claims_call(std::string_view name, std::string_view schema) {
    const auto parts = split(name);
    if (!parts) {
        return std::string(kNoClaims);
    }
    return quote_identifier(parts->size() == 2 ? parts->front() : schema) + '.' +
           quote_identifier(parts->back());
}

}  // namespace signet::store
