#pragma once

#include "config/config.hpp"
#include "config/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

// The assign functions of the configuration table (Setting::assign). True: the text was what its
// row expects, and is in its place.
namespace signet::config {

template <auto Part, auto Member>
bool flag(Config& config, std::string_view text) {
    const auto value = read_switch(text);
    if (value) {
        (config.*Part).*Member = *value;
    }
    return value.has_value();
}

template <std::int64_t Min, std::int64_t Max, auto Part, auto Member>
bool number(Config& config, std::string_view text) {
    auto& place = (config.*Part).*Member;
    const auto value = read_number(text, Min, Max);
    if (value) {
        place = static_cast<std::remove_reference_t<decltype(place)>>(*value);
    }
    return value.has_value();
}

template <auto Part, auto Member>
bool duration(Config& config, std::string_view text) {
    const auto value = read_duration_s(text);
    if (value) {
        (config.*Part).*Member = *value;
    }
    return value.has_value();
}

// A text for which `Check` is true.
template <auto Check, auto Part, auto Member>
bool checked(Config& config, std::string_view text) {
    if (!Check(text)) {
        return false;
    }
    (config.*Part).*Member = std::string(text);
    return true;
}

template <auto Member>
bool pem(Config& config, std::string_view text) {
    auto value = read_pem(text);
    if (value) {
        config.keys.*Member = SecretText(*value);
        wipe(*value);
    }
    return value.has_value();
}

bool host(Config& config, std::string_view text);
template <SecretText StoreConfig::* Member>
bool database_url(Config& config, std::string_view text) {
    // Whether libpq can read it is looked at in config_check.cpp, which can say why not.
    if (!Text::from(text)) {
        return false;
    }
    config.store.*Member = SecretText(text);
    return true;
}

bool rsa_bits(Config& config, std::string_view text);
bool encryption_keys(Config& config, std::string_view text);
bool signing_alg(Config& config, std::string_view text);
bool key_rotation(Config& config, std::string_view text);
bool same_site(Config& config, std::string_view text);
bool cors_origins(Config& config, std::string_view text);
bool default_role(Config& config, std::string_view text);  // empty: nobody has one
bool log_level(Config& config, std::string_view text);
bool log_format(Config& config, std::string_view text);

// Values of reserved rows: checked, kept nowhere.
bool nothing(Config& config, std::string_view text);
bool any_duration(Config& config, std::string_view text);
bool rate_limit(Config& config, std::string_view text);
bool failures_max(Config& config, std::string_view text);

bool is_path(std::string_view text);
bool is_schema(std::string_view text);
bool is_function(std::string_view text);
bool is_key_id(std::string_view text);
bool is_claims_namespace(std::string_view text);
bool is_issuer(std::string_view text);

}  // namespace signet::config
