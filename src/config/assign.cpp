#include "config/assign.hpp"

#include "base/ascii.hpp"
#include "keys/fixed_key.hpp"
#include "store/conninfo.hpp"
#include "store/function_name.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>
#include <vector>

namespace signet::config {
namespace {

constexpr std::size_t kIssuerBytesMax = 2048;
constexpr std::size_t kNamespaceBytesMax = 255;
// Claims that stand beside the namespace in every token.
constexpr std::array<std::string_view, 9> kOtherClaims{"iss", "sub", "aud", "exp", "nbf",
                                                       "iat", "jti", "sid", "name"};
constexpr std::size_t kEncryptionKeyBytes = 32;
constexpr std::size_t kEncryptionKeysMax = 16;
constexpr std::size_t kOriginsMax = 64;

bool is_short_text(std::string_view text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && Text::from(text).has_value() &&
           !has_control_character(text);
}

}  // namespace

bool host(Config& config, std::string_view text) {
    if (text != "localhost" && !is_ip_address(text)) {
        return false;
    }
    config.server.host = std::string(text);
    return true;
}

bool rsa_bits(Config& config, std::string_view text) {
    const auto value = read_number(text, 2048, 4096);
    if (!value || *value % 1024 != 0) {
        return false;
    }
    config.keys.rsa_bits = static_cast<unsigned>(*value);
    return true;
}

bool encryption_keys(Config& config, std::string_view text) {
    std::vector<SecretText> keys;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        auto key = read_base64(text.substr(begin, end - begin));
        if (!key || key->size() != kEncryptionKeyBytes || keys.size() == kEncryptionKeysMax) {
            return false;
        }
        keys.emplace_back(*key);
        wipe(*key);
        begin = end + 1;
    }
    config.keys.encryption_keys = std::move(keys);
    return true;
}

bool signing_alg(Config& config, std::string_view text) {
    config.keys.signing_alg = std::string(text);
    return text == "RS256" || text == "ES256" || text == "EdDSA";
}

bool key_rotation(Config& config, std::string_view text) {
    const auto period_s = read_duration_s(text);
    config.keys.rotation_s = period_s;
    return period_s || text == "off";
}

bool default_role(Config& config, std::string_view text) {
    if (!text.empty() && !is_role_name(text)) {
        return false;
    }
    config.roles.default_role = std::string(text);
    return true;
}

bool log_level(Config& config, std::string_view text) {
    constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (text == kNames[i]) {
            config.log.level = static_cast<LogLevel>(i);
            return true;
        }
    }
    return false;
}

bool log_format(Config& config, std::string_view text) {
    config.log.format = text == "text" ? LogFormat::text : LogFormat::json;
    return text == "text" || text == "json";
}

bool nothing(Config&, std::string_view) {
    return false;
}

bool any_duration(Config&, std::string_view text) {
    return read_duration_s(text).has_value();
}

bool rate_limit(Config&, std::string_view text) {
    return is_rate_limit(text);
}

bool failures_max(Config&, std::string_view text) {
    return read_number(text, 5, 1'000'000).has_value();
}

bool same_site(Config& config, std::string_view text) {
    for (const std::string_view value : {"Lax", "Strict", "None"}) {
        if (to_lower(value) == text) {
            config.browsers.same_site = std::string(value);
            return true;
        }
    }
    return false;
}

bool cors_origins(Config& config, std::string_view text) {
    std::vector<std::string> origins;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        std::string_view origin = text.substr(begin, end - begin);
        while (origin.starts_with(' ')) {
            origin.remove_prefix(1);
        }
        while (origin.ends_with(' ')) {
            origin.remove_suffix(1);
        }
        if (!is_origin(origin) || origins.size() == kOriginsMax) {
            return false;
        }
        origins.emplace_back(origin);
        begin = end + 1;
    }
    config.browsers.cors_origins = std::move(origins);
    return true;
}

bool is_path(std::string_view text) {
    return is_short_text(text, PATH_MAX - 1);
}

bool is_schema(std::string_view text) {
    return !store::check_schema(text);
}

bool is_function(std::string_view text) {
    return store::quote_function_name(text).has_value();
}

bool is_key_id(std::string_view text) {
    return keys::is_kid(text);
}

bool is_claims_namespace(std::string_view text) {
    return is_short_text(text, kNamespaceBytesMax) &&
           std::ranges::find(kOtherClaims, text) == kOtherClaims.end();
}

bool is_issuer(std::string_view text) {
    return is_short_text(text, kIssuerBytesMax) && is_string_or_uri(text);
}

}  // namespace signet::config
