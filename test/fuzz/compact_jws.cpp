#include "base/base64url.hpp"
#include "support/forge.hpp"
#include "support/fuzz.hpp"
#include "tokens/hasura_claims.hpp"
#include "tokens/keyring.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <string>

namespace {

using namespace signet;
using test::hold;
using test::kNow;

constexpr std::string_view kKid = "k1";

const tokens::KeyPair& key() {
    static const auto made = *tokens::KeyPair::generate(tokens::kEdDsa);
    return made;
}

const tokens::Keyring& ring() {
    static const tokens::Keyring made(
        *tokens::KeySet::make(
            {{std::string(kKid), std::string(tokens::kEdDsa), KeyState::active, 0, key()}}),
        {.issuer = std::string(test::kIssuer), .audience = {}});
    return made;
}

bool header_is_ours(std::string_view header) {
    const auto read = boost::json::parse(header).as_object();
    return read.at("alg").as_string() == tokens::kEdDsa && read.at("typ").as_string() == "JWT" &&
           read.at("kid").as_string() == kKid && std::ranges::none_of(read, [](const auto& member) {
               return member.key() == "crit" || member.key() == "jwk" || member.key() == "jku";
           });
}

// The first line is a header and the rest a payload; both are signed with the right key.
void run(std::string_view input) {
    hold(!ring().verify(input, kNow), "a text that was not signed is no token");
    const std::size_t line_end = std::min(input.find('\n'), input.size());
    const std::string_view header = input.substr(0, line_end);
    const std::string signed_text = test::signing_input(header, input.substr(line_end));
    std::string signature = *key().sign(signed_text);
    const auto claims = ring().verify(signed_text + '.' + base64url_encode(signature), kNow);
    if (!claims) {
        hold(claims.error().errc == Errc::invalid_token ||
                 claims.error().errc == Errc::token_expired,
             "a token is refused with one of two errors");
        return;
    }
    hold(header_is_ours(header), "the header names our key and algorithm and no other");
    hold(claims->issuer == test::kIssuer && !claims->subject.empty(), "issuer and subject");
    hold(claims->expires_at_s > kNow && claims->issued_at_s < claims->expires_at_s, "times");
    hold(std::ranges::count(claims->allowed_roles, claims->default_role) == 1, "roles");
    if (claims->custom.size() <= tokens::kCustomClaimsMax) {
        const auto text = *tokens::write_claims(*claims, tokens::kClaimsNamespace);
        const auto again = tokens::read_claims(text, tokens::kClaimsNamespace);
        hold(again && *tokens::write_claims(again->access, tokens::kClaimsNamespace) == text,
             "claims that were read are written and read again");
    }
    signature[input.size() % signature.size()] ^= 1;
    hold(!ring().verify(signed_text + '.' + base64url_encode(signature), kNow),
         "another signature is wrong");
}

const test::FuzzRegistration kTarget("compact_jws", run);

}  // namespace
