#include "tokens/jwk.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

#include <initializer_list>
#include <utility>

namespace signet::tokens {
namespace {

using Members = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Writes the members in the order given, with no space between, as a thumbprint needs them (RFC
// 7638 section 3.3).
std::string write_members(Members members) {
    JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : members) {
        json.member(name, value);
    }
    return json.end_object().take();
}

std::string digest_of(Members members) {
    return base64url_encode(sha256(write_members(members)));
}

}  // namespace

std::string encode_number(std::string_view big_endian) {
    while (big_endian.size() > 1 && big_endian.front() == '\0') {
        big_endian.remove_prefix(1);
    }
    return big_endian.empty() ? base64url_encode(std::string_view("\0", 1))
                              : base64url_encode(big_endian);
}

std::string write_jwk(const RsaJwk& key) {
    return write_members({{"kty", "RSA"},
                          {"use", "sig"},
                          {"alg", key.alg},
                          {"kid", key.kid},
                          {"n", key.n},
                          {"e", key.e}});
}

std::string write_jwk(const EcJwk& key) {
    return write_members({{"kty", "EC"},
                          {"use", "sig"},
                          {"alg", key.alg},
                          {"kid", key.kid},
                          {"crv", key.crv},
                          {"x", key.x},
                          {"y", key.y}});
}

std::string write_jwk(const OkpJwk& key) {
    return write_members({{"kty", "OKP"},
                          {"use", "sig"},
                          {"alg", key.alg},
                          {"kid", key.kid},
                          {"crv", key.crv},
                          {"x", key.x}});
}

std::string write_jwk_set(std::span<const std::string> jwks) {
    JsonWriter json;
    json.begin_object().key("keys").begin_array();
    for (const std::string& jwk : jwks) {
        json.raw(jwk);
    }
    return json.end_array().end_object().take();
}

std::string rsa_thumbprint(std::string_view n, std::string_view e) {
    return digest_of({{"e", e}, {"kty", "RSA"}, {"n", n}});
}

std::string ec_thumbprint(std::string_view curve, std::string_view x, std::string_view y) {
    return digest_of({{"crv", curve}, {"kty", "EC"}, {"x", x}, {"y", y}});
}

std::string okp_thumbprint(std::string_view curve, std::string_view x) {
    return digest_of({{"crv", curve}, {"kty", "OKP"}, {"x", x}});
}

}  // namespace signet::tokens
