#pragma once

#include "base/base64url.hpp"
#include "keyring/keyring.hpp"
#include "support/forge.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

// For the tokens of the security reference, section 3.4, that need no server to be built.
namespace signet::test {

// The key ring that judges: one active key, one that is next.
inline const keyring::Keyring& ring() {
    static const keyring::Keyring instance(
        *keyring::KeySet::make(
            {key_of_set(0, keyring::KeyState::active), key_of_set(1, keyring::KeyState::next)}),
        [] {
            keyring::KeyringOptions options;
            options.issuer = kIssuer;
            return options;
        }());
    return instance;
}

// The kid of the active key.
inline const std::string& kid() {
    return key(0).thumbprint();
}

// Refused, with the one error that a client may see, and a reason for the log.
inline bool refused(std::string_view token) {
    const auto claims = ring().verify(token, kNow);
    if (claims.has_value()) {
        return false;
    }
    CHECK(claims.error().errc == Errc::invalid_token);
    CHECK(claims.error().fields.empty());
    CHECK_FALSE(claims.error().log_detail.empty());
    return true;
}

// What the forged ones are made from.
inline std::string good_token() {
    return rs256(key(0), header_json(kid()), good_payload());
}

// Validly signed under a header with these members besides kid.
inline std::string with_header(std::string_view members) {
    return rs256(key(0), "{" + std::string(members) + R"(,"kid":")" + kid() + "\"}",
                 good_payload());
}

// Validly signed over this payload.
inline std::string with_payload(std::string_view payload) {
    return rs256(key(0), header_json(kid()), payload);
}

// The first part of a token, as it is written.
inline std::string header_of(std::string_view token) {
    return std::string(token.substr(0, token.find('.')));
}

// The first two parts, as they are written.
inline std::string body_of(std::string_view token) {
    return std::string(token.substr(0, token.rfind('.')));
}

// The bytes of the signature.
inline std::string signature_of(std::string_view token) {
    return *base64url_decode(token.substr(token.rfind('.') + 1));
}

}  // namespace signet::test
