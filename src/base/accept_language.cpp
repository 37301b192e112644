#include "base/accept_language.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace signet {
namespace {

// One range of an Accept-Language header.
struct Range {
    std::string_view tag;
    int weight = 1000;  // thousandths
};

// Reads q=0.5 (RFC 9110 section 12.4.2). What cannot be read counts as 0.
int read_weight(std::string_view text) {
    if (!text.starts_with("0") && !text.starts_with("1")) {
        return 0;
    }
    int weight = (text.front() - '0') * 1000;
    int digit = 100;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        weight += is_digit(c) ? (c - '0') * digit : 0;
        digit /= 10;
    }
    return std::min(weight, 1000);
}

Range read_range(std::string_view text) {
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    Range range{.tag = trim(text.substr(0, semicolon))};
    const std::string_view parameter =
        semicolon < text.size() ? trim(text.substr(semicolon + 1)) : std::string_view();
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
        range.weight = read_weight(parameter.substr(2));
    }
    return range;
}

// Drops subtags from the end until the rest is available.
const std::string* look_up(std::string_view tag, std::span<const std::string> available) {
    while (!tag.empty()) {
        const auto found = std::ranges::find_if(available, [tag](const std::string& language) {
            return equal_ignoring_case(language, tag);
        });
        if (found != available.end()) {
            return &*found;
        }
        const std::size_t hyphen = tag.rfind('-');
        tag = hyphen == std::string_view::npos ? std::string_view() : tag.substr(0, hyphen);
    }
    return nullptr;
}

}  // namespace

std::string choose_language(std::string_view accept_language,
                            std::span<const std::string> available) {
    std::string best("en");
    int best_weight = 0;
    while (!accept_language.empty()) {
        const std::size_t comma = std::min(accept_language.find(','), accept_language.size());
        const Range range = read_range(accept_language.substr(0, comma));
        accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
        const std::string* const found = look_up(range.tag, available);
        if (found != nullptr && range.weight > best_weight) {
            best = *found;
            best_weight = range.weight;
        }
    }
    return best;
}

}  // namespace signet
