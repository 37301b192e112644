#pragma once

#include "base/base64url.hpp"
#include "tokens/key_pair.hpp"

#include <signet/domain/claims.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// Makes tokens that Signet itself would never issue.
namespace signet::test {

inline constexpr std::int64_t kNow = 1'800'000'000;
inline constexpr std::string_view kIssuer = "http://127.0.0.1:4000";
inline constexpr std::string_view kSubject = "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11";

inline AccessClaims good_claims() {
    AccessClaims claims;
    claims.subject = kSubject;
    claims.name = "ada";
    claims.issuer = kIssuer;
    claims.issued_at_s = kNow - 5;
    claims.expires_at_s = kNow + 900;
    claims.token_id = "0c1d7f0e-6f0a-4a52-8f0b-3f7d1f3f8f01";
    claims.session_id = "0c1d7f0e-6f0a-4a52-8f0b-3f7d1f3f8f02";
    claims.allowed_roles = {"editor", "user"};
    claims.default_role = "user";
    claims.custom = {{"x-hasura-team", "7"}};
    return claims;
}

inline std::string header_json(std::string_view kid) {
    return R"({"alg":"RS256","typ":"JWT","kid":")" + std::string(kid) + "\"}";
}

// Returns the payload of good_claims() as text. Tests replace parts of it, which is easier to read
// than edits of JSON.
inline std::string good_payload() {
    return R"({"sub":"6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11","name":"ada",)"
           R"("iss":"http://127.0.0.1:4000","iat":1799999995,"exp":1800000900,)"
           R"("jti":"j1","sid":"s1","https://hasura.io/jwt/claims":{)"
           R"("x-hasura-allowed-roles":["editor","user"],"x-hasura-default-role":"user",)"
           R"("x-hasura-user-id":"6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11"}})";
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        return "the text to replace is not there";
    }
    return text.replace(at, from.size(), to);
}

inline std::string signing_input(std::string_view header, std::string_view payload) {
    return base64url_encode(header) + '.' + base64url_encode(payload);
}

inline std::string rs256(const tokens::KeyPair& key, std::string_view header,
                         std::string_view payload) {
    const std::string input = signing_input(header, payload);
    return input + '.' + base64url_encode(*key.sign(input));
}

inline std::string hs256(std::string_view secret, std::string_view header,
                         std::string_view payload) {
    const std::string input = signing_input(header, payload);
    std::array<unsigned char, 32> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac.data(), &size);
    return input + '.' +
           base64url_encode(std::string_view(reinterpret_cast<const char*>(mac.data()), size));
}

}  // namespace signet::test
