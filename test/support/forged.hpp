#pragma once

#include "support/forge.hpp"
#include "support/keys.hpp"
#include "tokens/keyring.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

// Helpers of the tests with forged tokens.
namespace signet::test {

inline const tokens::Keyring& ring() {
    static const tokens::Keyring instance(
        *tokens::KeySet::make(
            {key_of_set(0, signet::KeyState::active), key_of_set(1, signet::KeyState::next)}),
        [] {
            tokens::KeyringOptions options;
            options.issuer = kIssuer;
            return options;
        }());
    return instance;
}

inline const std::string& kid() {
    return key(0).thumbprint();
}

// Tells whether the token is refused with the one error that clients may see and a reason for the
// log.
inline bool refused(std::string_view token) {
    const auto claims = ring().verify(token, kNow);
    if (claims.has_value()) {
        return false;
    }
    CHECK(claims.error().errc == signet::Errc::invalid_token);
    CHECK(claims.error().fields.empty());
    CHECK_FALSE(claims.error().log_detail.empty());
    return true;
}

inline std::string good_token() {
    return rs256(key(0), header_json(kid()), good_payload());
}

// Returns a token with a valid signature and a header with these members besides kid.
inline std::string with_header(std::string_view members) {
    return rs256(key(0), "{" + std::string(members) + R"(,"kid":")" + kid() + "\"}",
                 good_payload());
}

inline std::string with_payload(std::string_view payload) {
    return rs256(key(0), header_json(kid()), payload);
}

inline std::string header_of(std::string_view token) {
    return std::string(token.substr(0, token.find('.')));
}

inline std::string body_of(std::string_view token) {
    return std::string(token.substr(0, token.rfind('.')));
}

inline std::string signature_of(std::string_view token) {
    return *base64url_decode(token.substr(token.rfind('.') + 1));
}

}  // namespace signet::test
