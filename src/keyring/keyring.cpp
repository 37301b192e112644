#include "keyring/keyring.hpp"

#include "base/base64url.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"

#include <signet/service/sign_in.hpp>

#include <algorithm>

namespace signet::keyring {
namespace {

constexpr std::string_view kTyp = "JWT";

Error bad(std::string detail) {
    return {Errc::invalid_token, std::move(detail)};
}

// Why the claims do not hold now and here; nothing when they do.
std::optional<std::string> find_fault(const jose::Payload& payload, const KeyringOptions& options,
                                      std::int64_t now_s) {
    const AccessClaims& claims = payload.access;
    if (claims.issuer != options.issuer) {
        return "the token is of another issuer";
    }
    // Without an audience of our own, a token that names one is for somebody else (RFC 7519
    // section 4.1.3).
    const bool for_us =
        options.audience
            ? std::ranges::find(payload.audiences, *options.audience) != payload.audiences.end()
            : payload.audiences.empty();
    if (!for_us) {
        return "the token is for another audience";
    }
    if (now_s >= claims.expires_at_s) {
        return "the token has expired";
    }
    if (claims.issued_at_s > now_s + kClockLeewayS) {
        return "the token was issued in the future";
    }
    if (payload.not_before_s && *payload.not_before_s > now_s + kClockLeewayS) {
        return "the token is not valid yet";
    }
    const std::int64_t lifetime_s = claims.expires_at_s - claims.issued_at_s;
    if (lifetime_s <= 0 || lifetime_s > options.ttl_s_max + kIssuedAtBackdateS) {
        return "the token lives longer than any that is issued here";
    }
    return std::nullopt;
}

Result<jose::Header> read_header(std::string_view part) {
    const auto text = base64url_decode(part);
    if (!text) {
        return bad("the header is no strict base64url");
    }
    auto header = jose::read_header(*text);
    if (!header) {
        return header;
    }
    if (header->alg != kAlg) {
        return bad("alg is not RS256");
    }
    if (header->typ != kTyp) {
        return bad("typ is not JWT");
    }
    if (!header->kid) {
        return bad("kid is missing");
    }
    return header;
}

}  // namespace

struct Keyring::Snapshot {
    explicit Snapshot(KeySet set)
        : keys(std::move(set)),
          header(base64url_encode(
              jose::write_header({keys.active().alg, std::string(kTyp), keys.active().kid}))),
          jwks(keys.jwks()) {}

    KeySet keys;
    std::string header;  // of every token that the active key signs, in base64url
    std::string jwks;
};

Keyring::Keyring(KeySet keys, KeyringOptions options) : options_(std::move(options)) {
    publish(std::move(keys));
}

Keyring::~Keyring() = default;

void Keyring::publish(KeySet keys) {
    std::shared_ptr<const Snapshot> fresh = std::make_shared<const Snapshot>(std::move(keys));
    {
        const std::lock_guard lock(mutex_);
        snapshot_.swap(fresh);
        // Within the lock, so that two publishers leave the epoch of the later one.
        epoch_.fetch_add(1, std::memory_order_release);
    }
    // `fresh` is the old set now: freed here, outside the lock, unless somebody still works with
    // it.
}

std::shared_ptr<const Keyring::Snapshot> Keyring::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

Result<std::string> Keyring::sign(const AccessClaims& claims) const {
    const auto payload = jose::write_claims(claims, options_.claims_namespace);
    if (!payload) {
        return payload.error();
    }
    const auto now = snapshot();
    std::string token = jose::signing_input(now->header, base64url_encode(*payload));
    const auto signature = now->keys.active().key.sign(token);
    if (!signature) {
        return signature.error();
    }
    token += '.';
    token += base64url_encode(*signature);
    if (token.size() > jose::kTokenIssuedBytesMax) {
        return Error(Errc::token_too_large,
                     "the token would be longer than 6 KiB: too many roles or claims");
    }
    return token;
}

Result<AccessClaims> Keyring::verify(std::string_view token, std::int64_t now_s) const {
    const auto parts = jose::split_compact(token);
    if (!parts) {
        return parts.error();
    }
    const auto header = read_header(parts->header);
    if (!header) {
        return header.error();
    }
    const auto now = snapshot();
    const Key* key = now->keys.find(header->kid.value_or(""));
    if (key == nullptr || key->alg != header->alg) {
        return bad("no key of ours has this kid");
    }
    const auto signature = base64url_decode(parts->signature);
    if (!signature || !key->key.verify(parts->signing_input, *signature)) {
        return bad("the signature is wrong");
    }
    const auto text = base64url_decode(parts->payload);
    if (!text) {
        return bad("the payload is no strict base64url");
    }
    auto payload = jose::read_claims(*text, options_.claims_namespace);
    if (!payload) {
        return payload.error();
    }
    if (auto fault = find_fault(*payload, options_, now_s)) {
        return bad(std::move(*fault));
    }
    payload->access.audience = options_.audience;
    return std::move(payload->access);
}

std::string Keyring::jwks() const {
    return snapshot()->jwks;
}

std::vector<KeyInfo> Keyring::list() const {
    return snapshot()->keys.list();
}

}  // namespace signet::keyring
