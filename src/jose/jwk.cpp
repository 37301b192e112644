#include "jose/jwk.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"

namespace signet::jose {

std::string encode_number(std::string_view big_endian) {
    while (big_endian.size() > 1 && big_endian.front() == '\0') {
        big_endian.remove_prefix(1);
    }
    return big_endian.empty() ? base64url_encode(std::string_view("\0", 1))
                              : base64url_encode(big_endian);
}

std::string write_jwk(const RsaJwk& key) {
    std::string out = R"({"kty":"RSA","use":"sig","alg":)" + json_quote(key.alg);
    out += ",\"kid\":" + json_quote(key.kid);
    out += ",\"n\":" + json_quote(key.n);
    out += ",\"e\":" + json_quote(key.e);
    out += '}';
    return out;
}

std::string write_jwk_set(std::span<const RsaJwk> keys) {
    std::string out = "{\"keys\":[";
    for (const RsaJwk& key : keys) {
        if (&key != keys.data()) {
            out += ',';
        }
        out += write_jwk(key);
    }
    out += "]}";
    return out;
}

}  // namespace signet::jose
