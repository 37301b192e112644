#include "keys/key_gate.hpp"

#include "keys/weak_modulus.hpp"
#include "tokens/openssl_handles.hpp"

#include <openssl/core_names.h>

namespace signet::keys {
namespace {

tokens::BnPtr number(const tokens::KeyPair& key, const char* name) {
    BIGNUM* raw = nullptr;
    EVP_PKEY_get_bn_param(key.handle(), name, &raw);
    return tokens::BnPtr(raw);
}

std::optional<std::string> find_bad_shape(const tokens::KeyPair& key) {
    if (key.bits() < tokens::kRsaBitsMin) {
        return "has " + std::to_string(key.bits()) + " bits; at least " +
               std::to_string(tokens::kRsaBitsMin) + " are needed";
    }
    if (key.bits() > tokens::kRsaBitsMax) {
        return "has " + std::to_string(key.bits()) + " bits; at most " +
               std::to_string(tokens::kRsaBitsMax) + " are taken";
    }
    if (key.e() != "AQAB") {
        return "has a public exponent other than 65537";
    }
    if (key.has_private() && number(key, OSSL_PKEY_PARAM_RSA_FACTOR3)) {
        return "has more than two primes";
    }
    return std::nullopt;
}

std::optional<std::string> find_bad_primes(const tokens::KeyPair& key) {
    const tokens::BnPtr n = number(key, OSSL_PKEY_PARAM_RSA_N);
    if (!n || has_roca_fingerprint(*n)) {
        return "was made by a generator whose keys can be factored (CVE-2017-15361)";
    }
    bool close = has_close_factors(*n);
    if (key.has_private()) {
        const tokens::BnPtr p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
        const tokens::BnPtr q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
        if (!p || !q) {
            return "lacks its primes";
        }
        close = close || are_close(*p, *q, key.bits());
    }
    if (close) {
        return "has primes so close together that it can be factored";
    }
    return std::nullopt;
}

// The numbers belong together: for RSA p and q are prime, n is their product, d inverts e; a point
// is on its curve, and the private half is its.
bool is_consistent(const tokens::KeyPair& key) {
    const tokens::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.handle(), nullptr));
    if (!context) {
        return false;
    }
    return key.has_private() ? EVP_PKEY_check(context.get()) == 1
                             : EVP_PKEY_public_check(context.get()) == 1;
}

Result<tokens::KeyPair> pass_gate(Result<tokens::KeyPair> key, std::string_view source) {
    std::optional<std::string> reason;
    if (!key) {
        reason = key.error().log_detail;
    } else {
        reason = find_weakness(*key);
    }
    if (reason) {
        return Error(Errc::key_unusable, std::string(source) + ": the key " + *reason);
    }
    return key;
}

Error too_large(std::string_view source) {
    return {Errc::key_unusable,
            std::string(source) + ": is larger than " + std::to_string(kPemBytesMax) + " bytes"};
}

std::optional<std::string> find_bad_numbers(const tokens::KeyPair& key) {
    if (key.alg() != tokens::kRs256) {
        return std::nullopt;
    }
    auto reason = find_bad_shape(key);
    return reason ? reason : find_bad_primes(key);
}

std::optional<std::string> find_bad_signature(const tokens::KeyPair& key) {
    constexpr std::string_view kMessage = "signet key self-test";
    if (!key.has_private()) {
        return std::nullopt;
    }
    const auto signature = key.sign(kMessage);
    const bool verifies = signature && key.verify(kMessage, *signature);
    return verifies ? std::nullopt
                    : std::optional<std::string>("is damaged: it cannot verify what it signs");
}

}  // namespace

std::optional<std::string> find_plain_weakness(const tokens::KeyPair& key) {
    const tokens::ErrorQueueGuard guard;
    auto reason = find_bad_numbers(key);
    return reason ? reason : find_bad_signature(key);
}

std::optional<std::string> find_weakness(const tokens::KeyPair& key) {
    const tokens::ErrorQueueGuard guard;
    if (auto reason = find_bad_numbers(key)) {
        return reason;
    }
    if (!is_consistent(key)) {
        return "is damaged: its numbers do not belong together";
    }
    return find_bad_signature(key);
}

Result<tokens::KeyPair> load_private_key(std::string_view pem, std::string_view source) {
    if (pem.size() > kPemBytesMax) {
        return too_large(source);
    }
    return pass_gate(tokens::KeyPair::from_private_pem(pem), source);
}

Result<tokens::KeyPair> load_public_key(std::string_view pem, std::string_view source) {
    if (pem.size() > kPemBytesMax) {
        return too_large(source);
    }
    return pass_gate(tokens::KeyPair::from_public_pem(pem), source);
}

}  // namespace signet::keys
