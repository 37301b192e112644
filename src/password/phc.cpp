#include "password/phc.hpp"

#include "base/base64url.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace signet {
namespace {

constexpr std::string_view kArgon2idPrefix = "$argon2id$v=19$";
constexpr std::string_view kArgon2iPrefix = "$argon2i$v=19$";

bool skip(std::string_view& rest, std::string_view expected) {
    if (rest.substr(0, expected.size()) != expected)
        return false;
    rest.remove_prefix(expected.size());
    return true;
}

// A decimal number without sign and leading zeros, at the front of `rest`.
std::optional<std::uint32_t> take_number(std::string_view& rest) {
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (fault != std::errc{} || rest.front() == '0')
        return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return number;
}

std::optional<Argon2Options> take_options(std::string_view& rest) {
    Argon2Options options;
    const std::pair<std::string_view, std::uint32_t*> members[] = {
        {"m=", &options.memory_kib}, {",t=", &options.iterations}, {",p=", &options.lanes}};
    for (const auto& [name, value] : members) {
        if (!skip(rest, name))
            return std::nullopt;
        const auto number = take_number(rest);
        if (!number)
            return std::nullopt;
        *value = *number;
    }
    if (argon2_options_fault(options))
        return std::nullopt;
    return options;
}

// RFC 4648 section 4 without padding: the base64url of the house in the other alphabet. Empty
// unless it decodes to `low` to `high` bytes.
std::optional<std::string> decode(std::string_view base64, std::size_t low, std::size_t high) {
    if (base64.find_first_of("-_") != std::string_view::npos)
        return std::nullopt;
    std::string url(base64);
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    auto bytes = base64url_decode(url);
    if (!bytes || bytes->size() < low || bytes->size() > high)
        return std::nullopt;
    return bytes;
}

std::string encode(std::string_view bytes) {
    std::string base64 = base64url_encode(bytes);
    std::ranges::replace(base64, '-', '+');
    std::ranges::replace(base64, '_', '/');
    return base64;
}

}  // namespace

std::optional<PhcHash> parse_phc(std::string_view stored) {
    if (stored.size() > kPhcBytesMax)
        return std::nullopt;
    PhcHash hash;
    std::string_view rest = stored;
    if (skip(rest, kArgon2iPrefix))
        hash.variant = Argon2Variant::argon2i;
    else if (!skip(rest, kArgon2idPrefix))
        return std::nullopt;

    const auto options = take_options(rest);
    if (!options || !skip(rest, "$"))
        return std::nullopt;
    hash.options = *options;

    const std::size_t dollar = rest.find('$');
    if (dollar == std::string_view::npos)
        return std::nullopt;
    auto salt = decode(rest.substr(0, dollar), kPhcSaltBytesMin, kPhcSaltBytesMax);
    auto tag = decode(rest.substr(dollar + 1), kPhcTagBytesMin, kPhcTagBytesMax);
    if (!salt || !tag)
        return std::nullopt;
    hash.salt = std::move(*salt);
    hash.tag = std::move(*tag);
    return hash;
}

std::string format_phc(const PhcHash& hash) {
    std::string out(hash.variant == Argon2Variant::argon2id ? kArgon2idPrefix : kArgon2iPrefix);
    out += "m=" + std::to_string(hash.options.memory_kib);
    out += ",t=" + std::to_string(hash.options.iterations);
    out += ",p=" + std::to_string(hash.options.lanes);
    return out + '$' + encode(hash.salt) + '$' + encode(hash.tag);
}

}  // namespace signet
