#pragma once

#include <string_view>

namespace signet::http {

// The small grammar of RFC 9110 section 5.6: tokens, white space and lists. ASCII only; no locale.

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_alphanumeric(char c) {
    const char lower = to_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

// tchar of RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
}

// Whether `text` is a token: not empty, and nothing but tchar.
constexpr bool is_token(std::string_view text) {
    for (const char c : text) {
        if (!is_token_char(c)) {
            return false;
        }
    }
    return !text.empty();
}

// Whether `text` is `lower`, which is in lower case, in any case.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (to_lower(text[i]) != lower[i]) {
            return false;
        }
    }
    return true;
}

// Without the optional white space (SP, HTAB) around it.
constexpr std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// Takes the first element off a list with `separator` between, trimmed. An empty list gives one
// empty element.
constexpr std::string_view take_element(std::string_view& list, char separator = ',') {
    const std::size_t end = list.find(separator);
    const std::string_view element = trimmed(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    return element;
}

}  // namespace signet::http
