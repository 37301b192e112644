#pragma once

#include "base/ascii.hpp"

#include <cstddef>
#include <string_view>

namespace signet::http {

// The common rules of RFC 9110 section 5.6: tokens, white space and lists. They are ASCII only and
// do not depend on the locale.

// tchar of RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
}

// Whether `text` is a token: not empty and only tchar.
constexpr bool is_token(std::string_view text) {
    for (const char c : text) {
        if (!is_token_char(c)) {
            return false;
        }
    }
    return !text.empty();
}

// Returns `text` without the optional white space (SP, HTAB) around it.
constexpr std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// Removes the first element from `list` and returns it, trimmed. An empty list gives one empty
// element.
constexpr std::string_view take_element(std::string_view& list, char separator = ',') {
    const std::size_t end = list.find(separator);
    const std::string_view element = trimmed(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    return element;
}

// Whether `c` is obs-text, which is what RFC 9110 section 5.5 calls a byte above ASCII.
constexpr bool is_above_ascii(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

// Returns the name that a header line begins with, or nothing if it does not begin with a token
// and a colon. What is longer than a name usually is counts as none, so that a log stays readable.
constexpr std::string_view field_name(std::string_view line) {
    constexpr std::size_t kNameBytesMax = 64;
    const std::size_t colon = line.substr(0, kNameBytesMax + 1).find(':');
    const std::string_view name = line.substr(0, colon);
    return colon != std::string_view::npos && is_token(name) ? name : std::string_view{};
}

}  // namespace signet::http
