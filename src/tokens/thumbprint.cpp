#include "tokens/thumbprint.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

#include <initializer_list>
#include <utility>

namespace signet::tokens {
namespace {

using Member = std::pair<std::string_view, std::string_view>;

// The members have to come in the order of their names, with no space between (RFC 7638 section
// 3.3), which is why no general JSON writer is used.
std::string digest_of(std::initializer_list<Member> members) {
    std::string text = "{";
    for (const auto& [name, value] : members) {
        if (text.size() > 1) {
            text += ',';
        }
        text += json_quote(name) + ':' + json_quote(value);
    }
    text += '}';
    return base64url_encode(sha256(text));
}

}  // namespace

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
