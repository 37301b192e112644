#include "config/value.hpp"

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/ip_address.hpp"
#include "base/secret.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace signet::config {
namespace {

bool is_text(std::string_view text) {
    return Text::from(text).has_value() && !has_control_character(text);
}

// unreserved, sub-delims, ':' and '@' of RFC 3986, and whole percent triplets; `more` are further
// characters that the place allows.
bool has_uri_characters_only(std::string_view text, std::string_view more) {
    constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) {
                return false;
            }
            i += 2;
        } else if (!is_alphanumeric(c) && kMarks.find(c) == std::string_view::npos &&
                   more.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool is_authority(std::string_view text) {
    text = text.substr(text.rfind('@') + 1);  // npos + 1 is 0: no user info
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos || !is_ip_address(text.substr(1, close - 1))) {
            return false;
        }
        port = text.substr(close + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        port = text.substr(colon);
        if (!has_uri_characters_only(text.substr(0, colon), "")) {
            return false;
        }
    }
    return port.empty() || (port[0] == ':' && std::ranges::all_of(port.substr(1), is_digit));
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || c == '+' || c == '-' || c == '.';
    });
}

bool is_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (!is_scheme(text.substr(0, colon))) {
        return false;
    }
    std::string_view rest = text.substr(colon + 1);
    const std::size_t hash = std::min(rest.find('#'), rest.size());
    if (hash < rest.size() && !has_uri_characters_only(rest.substr(hash + 1), "/?")) {
        return false;
    }
    rest = rest.substr(0, hash);
    if (rest.starts_with("//")) {
        const std::size_t end = std::min(rest.find_first_of("/?", 2), rest.size());
        const std::string_view authority = rest.substr(2, end - 2);
        const std::string_view user = authority.substr(0, authority.rfind('@') + 1);
        if (!has_uri_characters_only(user, "") || !is_authority(authority)) {
            return false;
        }
        rest = rest.substr(end);
    }
    return has_uri_characters_only(rest, "/?");
}

}  // namespace

std::optional<bool> read_switch(std::string_view text) {
    const std::string word = to_lower(text);
    for (const std::string_view yes : {"on", "true", "yes", "1"}) {
        if (word == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"off", "false", "no", "0"}) {
        if (word == no) {
            return false;
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> read_number(std::string_view text, std::int64_t min, std::int64_t max) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (text.empty() || !is_digit(text[0]) || fault != std::errc{} || stop != end || value < min ||
        value > max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> read_bytes(std::string_view text, std::int64_t min, std::int64_t max) {
    constexpr std::string_view kKiB = "KiB";
    constexpr std::string_view kMiB = "MiB";
    std::int64_t unit = 1;
    if (text.ends_with(kKiB) || text.ends_with(kMiB)) {
        unit = text.ends_with(kKiB) ? 1024 : 1024 * 1024;
        text.remove_suffix(kKiB.size());
    }
    const auto count = read_number(text, 0, max / unit);
    return count && *count * unit >= min ? std::optional(*count * unit) : std::nullopt;
}

std::optional<std::int64_t> read_duration_s(std::string_view text) {
    struct Unit {
        char letter;
        std::int64_t seconds;
    };
    constexpr std::array<Unit, 4> kUnits{{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
    std::int64_t unit_s = 1;
    for (const Unit& unit : kUnits) {
        if (text.ends_with(unit.letter)) {
            unit_s = unit.seconds;
            text.remove_suffix(1);
            break;
        }
    }
    const auto count = read_number(text, 1, kDurationMaxS / unit_s);
    return count ? std::optional(*count * unit_s) : std::nullopt;
}

std::optional<std::string> read_base64(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
    text.remove_prefix(begin);
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    if (text.ends_with('=')) {
        if (text.size() % 4 != 0) {
            return std::nullopt;
        }
        text.remove_suffix(text.ends_with("==") ? 2 : 1);
    }
    std::string translated(text);
    const WipeOnExit wiped(translated);
    std::ranges::replace(translated, '+', '-');
    std::ranges::replace(translated, '/', '_');
    return base64url_decode(translated);
}

std::optional<std::vector<RateLimit>> read_rate_limits(std::string_view text) {
    std::vector<RateLimit> limits;
    if (to_lower(text) == "off") {
        return limits;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view part = trim(text.substr(begin, end - begin));
        const std::size_t slash = std::min(part.find('/'), part.size());
        const auto calls = read_number(part.substr(0, slash), 1, 1'000'000'000);
        const auto seconds = read_duration_s(part.substr(std::min(slash + 1, part.size())));
        if (!calls || !seconds || limits.size() == kRateLimitsMax) {
            return std::nullopt;
        }
        limits.push_back({*calls, *seconds});
        begin = end + 1;
    }
    return limits;
}

std::optional<std::string> read_pem(std::string_view text) {
    if (text.find("-----BEGIN ") == std::string_view::npos) {
        return std::nullopt;
    }
    std::string out;
    out.reserve(text.size());  // never grows, so that one wipe reaches all of it
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) == "\\n") {
            out += '\n';
            ++i;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool is_ip_address(std::string_view text) {
    return IpAddress::from(text).has_value();
}

bool is_http_url(std::string_view text) {
    return (text.starts_with("http://") || text.starts_with("https://")) && is_string_or_uri(text);
}

bool is_string_or_uri(std::string_view text) {
    return is_text(text) && (text.find(':') == std::string_view::npos || is_uri(text));
}

bool is_origin(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
        return false;
    }
    const std::string_view authority = text.substr(colon + 3);
    return !authority.empty() && to_lower(text) == text && is_authority(authority) &&
           authority.find_first_of("/@?#%*,; ") == std::string_view::npos &&
           authority.front() != ':' && !authority.ends_with(':') &&
           !(text.starts_with("https:") && authority.ends_with(":443")) &&
           !(text.starts_with("http:") && authority.ends_with(":80"));
}

std::optional<std::string> origin_of(std::string_view uri) {
    const std::size_t slashes = uri.find("://");
    if (slashes == std::string_view::npos) {
        return std::nullopt;
    }
    std::string origin =
        to_lower(uri.substr(0, std::min(uri.find_first_of("/?#", slashes + 3), uri.size())));
    for (const auto& [scheme, port] : {std::pair("https:", ":443"), std::pair("http:", ":80")}) {
        if (origin.starts_with(scheme) && origin.ends_with(port)) {
            origin.resize(origin.rfind(':'));
        }
    }
    return is_origin(origin) ? std::optional(origin) : std::nullopt;
}

std::optional<std::string> guess_origin(std::string_view text) {
    if (text.find("://") != std::string_view::npos) {
        return origin_of(text);
    }
    // "null" and "*" are no hosts: what is meant is a name with a dot, or the own machine.
    const std::string_view host = text.substr(0, text.find_first_of(":/"));
    const bool own_machine = host == "localhost" || host == "127.0.0.1";
    if (!own_machine && host.find('.') == std::string_view::npos) {
        return std::nullopt;
    }
    return origin_of((own_machine ? "http://" : "https://") + std::string(text));
}

std::optional<std::string> guess_network(std::string_view text) {
    std::string bare(text == "localhost" ? "127.0.0.1" : text);
    if (bare.starts_with('[')) {
        std::erase_if(bare, [](char c) { return c == '[' || c == ']'; });
        bare.resize(text.find("]:") == std::string_view::npos ? bare.size() : text.find("]:") - 1);
    } else if (std::ranges::count(bare, ':') == 1) {
        bare.resize(bare.find(':'));
    }
    const auto network = IpNetwork::from(bare);
    return network ? std::optional(network->str()) : std::nullopt;
}

bool is_header_name(std::string_view text) {
    constexpr std::size_t kBytesMax = 64;
    constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
    return !text.empty() && text.size() <= kBytesMax && text != "*" &&
           std::ranges::all_of(text, [&](char c) {
               return is_alphanumeric(c) || kPunctuation.find(c) != std::string_view::npos;
           });
}

}  // namespace signet::config
