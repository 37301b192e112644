#include "tokens/keyring.hpp"

#include "base/base64url.hpp"
#include "tokens/jws.hpp"

#include <signet/service/sign_in.hpp>

#include <algorithm>
#include <limits>

namespace signet::tokens {
namespace {

constexpr std::string_view kTyp = "JWT";
constexpr std::string_view kNoSigner = "no key that could sign is there, or can be opened";
// Stands for the time at which keys that never become stale were seen.
constexpr Keyring::SteadyTime::rep kNeverStale =
    std::numeric_limits<Keyring::SteadyTime::rep>::max();

Error bad(std::string detail) {
    return {Errc::invalid_token, std::move(detail)};
}

// Servers that share keys may give their tokens different lifetimes, so the longer of the key's
// record and our own setting counts.
std::int64_t lifetime_s_max(const Key& key, const KeyringOptions& options) {
    return std::max(key.tokens_ttl_s.value_or(0), options.ttl_s_max) + kIssuedAtBackdateS;
}

// Returns why `signer` must not sign tokens that live for `ttl_s`, or nothing if it may. Rotation
// relies on the record of the key.
std::optional<Error> find_shortness(const Key& signer, std::int64_t ttl_s) {
    if (!signer.tokens_ttl_s || ttl_s <= *signer.tokens_ttl_s) {
        return std::nullopt;
    }
    return Error(Errc::no_signing_key,
                 "the home of the keys does not know yet that the active key signs tokens that "
                 "live for " +
                     std::to_string(ttl_s) + " s; it is recorded to sign up to " +
                     std::to_string(*signer.tokens_ttl_s) + " s");
}

// Returns why the claims are not valid here and now, or nothing if they are.
std::optional<Error> find_fault(const Payload& payload, const KeyringOptions& options,
                                const Key& key, std::int64_t now_s) {
    const AccessClaims& claims = payload.access;
    if (claims.issuer != options.issuer) {
        return bad("the token is of another issuer");
    }
    // Without an audience of our own, a token that names one is for somebody else (RFC 7519
    // section 4.1.3).
    const bool for_us =
        options.audience
            ? std::ranges::find(payload.audiences, *options.audience) != payload.audiences.end()
            : payload.audiences.empty();
    if (!for_us) {
        return bad("the token is for another audience");
    }
    const std::int64_t lifetime_s = claims.expires_at_s - claims.issued_at_s;
    if (lifetime_s <= 0) {
        return bad("the token expires before it was issued");
    }
    if (now_s >= claims.expires_at_s) {
        return Error{Errc::token_expired, "the token has expired"};
    }
    if (claims.issued_at_s > now_s + kClockLeewayS) {
        return bad("the token was issued in the future");
    }
    if (payload.not_before_s && *payload.not_before_s > now_s + kClockLeewayS) {
        return bad("the token is not valid yet");
    }
    if (lifetime_s > lifetime_s_max(key, options)) {
        return bad("the token lives longer than any that is issued here");
    }
    return std::nullopt;
}

Result<Header> decode_header(std::string_view part) {
    const auto text = base64url_decode(part);
    if (!text) {
        return bad("the header is no strict base64url");
    }
    auto header = read_header(*text);
    if (!header) {
        return header;
    }
    // "none" and unknown algorithms are refused before a key is looked up.
    if (!is_known_alg(header->alg)) {
        return bad("alg is none of those that keys here are for");
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
    Snapshot(KeySet all, KeySet published)
        : keys(std::move(all)),
          shown(std::move(published)),
          jwks(shown.keys().empty() ? "" : shown.jwks()) {
        for (const Key& key : keys.keys()) {
            headers.push_back(
                base64url_encode(write_header({key.alg, std::string(kTyp), key.kid})));
        }
    }

    // Returns the header of every token that `key`, one of this set, signs.
    const std::string& header_of(const Key& key) const {
        return headers[static_cast<std::size_t>(&key - keys.keys().data())];
    }

    // Returns the key of a token whose header is byte for byte what we write, or null for any
    // other. Nearly every token has such a header, which then needs no parsing.
    const Key* find_by_header(std::string_view header) const {
        const auto found = std::ranges::find(headers, header);
        return found == headers.end()
                   ? nullptr
                   : &keys.keys()[static_cast<std::size_t>(found - headers.begin())];
    }

    KeySet keys;
    KeySet shown;                      // those of them that are published
    std::vector<std::string> headers;  // of tokens, in base64url, in the order of the keys
    std::string jwks;
};

Keyring::Keyring(KeySet keys, KeyringOptions options) : options_(std::move(options)) {
    publish(std::move(keys));
}

Keyring::~Keyring() = default;

void Keyring::publish(KeySet keys) {
    publish(std::move(keys), SteadyTime(SteadyTime::duration(kNeverStale)));
}

void Keyring::publish(KeySet keys, SteadyTime seen_at) {
    KeySet shown = keys;
    swap_in(std::make_shared<const Snapshot>(std::move(keys), std::move(shown)), seen_at);
}

void Keyring::confirm(SteadyTime seen_at) {
    seen_at_.store(seen_at.time_since_epoch().count(), std::memory_order_release);
}

void Keyring::hide_dead(std::int64_t now_s) {
    const auto now = snapshot();
    KeySet living = now->keys.without_dead(now_s);
    // A key that is dead at one time is dead at all later times, so equal counts mean equal keys.
    if (living.keys().size() != now->shown.keys().size()) {
        swap_in(std::make_shared<const Snapshot>(now->keys, std::move(living)),
                SteadyTime(SteadyTime::duration(seen_at_.load(std::memory_order_acquire))));
    }
}

void Keyring::swap_in(std::shared_ptr<const Snapshot> fresh, SteadyTime seen_at) {
    {
        const std::lock_guard lock(mutex_);
        snapshot_.swap(fresh);
        seen_at_.store(seen_at.time_since_epoch().count(), std::memory_order_release);
        // This is done under the lock, so that of two publishers the later one's epoch remains.
        epoch_.fetch_add(1, std::memory_order_release);
    }
    // `fresh` is the old set now. It is freed here, outside the lock, unless a call still uses it.
}

std::optional<Error> Keyring::find_staleness() const {
    const auto seen_at = seen_at_.load(std::memory_order_acquire);
    if (seen_at == kNeverStale) {
        return std::nullopt;
    }
    const auto age = options_.steady_now() - SteadyTime(SteadyTime::duration(seen_at));
    if (age <= std::chrono::seconds(kViewAgeMaxS)) {
        return std::nullopt;
    }
    const auto age_s = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    return Error(Errc::no_signing_key, "the keys were last seen in their home " +
                                           std::to_string(age_s) + " s ago; after " +
                                           std::to_string(kViewAgeMaxS) + " s nothing is signed");
}

std::shared_ptr<const Keyring::Snapshot> Keyring::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

Result<std::string> Keyring::sign(const AccessClaims& claims) const {
    const auto payload = write_claims(claims, options_.claims_namespace);
    if (!payload) {
        return payload.error();
    }
    if (auto stale = find_staleness()) {
        return std::move(*stale);
    }
    const auto now = snapshot();
    const Key* signer = now->keys.signer();
    if (signer == nullptr) {
        return Error(Errc::no_signing_key, std::string(kNoSigner));
    }
    // iat is dated back, so the lifetime is that much longer than the setting says.
    if (auto shortness = find_shortness(
            *signer, claims.expires_at_s - claims.issued_at_s - kIssuedAtBackdateS)) {
        return std::move(*shortness);
    }
    std::string token = signing_input(now->header_of(*signer), base64url_encode(*payload));
    const auto signature = signer->key.sign(token);
    if (!signature) {
        return signature.error();
    }
    token += '.';
    token += base64url_encode(*signature);
    if (token.size() > kTokenIssuedBytesMax) {
        return Error(Errc::token_too_large,
                     "the token would be longer than 6 KiB: too many roles or claims");
    }
    return token;
}

Result<AccessClaims> Keyring::verify(std::string_view token, std::int64_t now_s) const {
    Result<VerifiedToken> verified = verify_token(token, now_s);
    if (!verified) {
        return verified.error();
    }
    return std::move(verified->claims);
}

Result<VerifiedToken> Keyring::verify_token(std::string_view token, std::int64_t now_s) const {
    const auto parts = split_compact(token);
    if (!parts) {
        return parts.error();
    }
    const auto now = snapshot();
    const Key* key = now->find_by_header(parts->header);
    if (key == nullptr) {
        const auto header = decode_header(parts->header);
        if (!header) {
            return header.error();
        }
        key = now->keys.find(header->kid.value_or(""));
        if (key == nullptr || key->alg != header->alg) {
            return bad("no key of ours has this kid and alg");
        }
    }
    if (key->is_dead(now_s)) {
        return bad("the key of this kid was retired long ago");
    }
    const auto signature = base64url_decode(parts->signature);
    if (!signature || !key->key.verify(parts->signing_input, *signature)) {
        return bad("the signature is wrong");
    }
    const auto text = base64url_decode(parts->payload);
    if (!text) {
        return bad("the payload is no strict base64url");
    }
    auto payload = read_claims(*text, options_.claims_namespace);
    if (!payload) {
        return payload.error();
    }
    if (auto fault = find_fault(*payload, options_, *key, now_s)) {
        return std::move(*fault);
    }
    payload->access.audience = options_.audience;
    const std::int64_t end_s = payload->access.expires_at_s;
    return VerifiedToken{std::move(payload->access),
                         key->remove_after_s ? std::min(end_s, *key->remove_after_s) : end_s};
}

std::string Keyring::jwks() const {
    return snapshot()->jwks;
}

std::vector<std::string> Keyring::algs() const {
    return snapshot()->shown.algs();
}

std::optional<Error> Keyring::find_obstacle() const {
    const auto now = snapshot();
    const Key* signer = now->keys.signer();
    if (signer == nullptr) {
        return Error(Errc::no_signing_key, std::string(kNoSigner));
    }
    if (auto shortness = find_shortness(*signer, options_.ttl_s_max)) {
        return shortness;
    }
    return find_staleness();
}

std::vector<KeyInfo> Keyring::list() const {
    return snapshot()->shown.list();
}

}  // namespace signet::tokens
