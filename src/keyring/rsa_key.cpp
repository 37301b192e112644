#include "keyring/rsa_key.hpp"

#include "jose/jwk.hpp"
#include "jose/thumbprint.hpp"
#include "keyring/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>
#include <span>

namespace signet::keyring {
namespace {

using Digest = std::array<unsigned char, 32>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// A context that signs or verifies a SHA-256 digest; nothing when OpenSSL refuses the key.
PkeyCtxPtr make_context(EVP_PKEY* key, const EVP_MD* sha256, int (*init)(EVP_PKEY_CTX*)) {
    PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!context || init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context.get(), sha256) != 1) {
        return nullptr;
    }
    return context;
}

std::optional<std::string> number_of(EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
        return std::nullopt;
    }
    const BnPtr number(raw);
    std::string out(static_cast<std::size_t>(BN_num_bytes(raw)), '\0');
    BN_bn2bin(raw, reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

}  // namespace

// Fetching an algorithm and setting a context up cost as much as a quarter of a verification, so
// that is done once a key. A context belongs to one call: each call works on a copy.
struct RsaKey::Handles {
    PkeyPtr key;
    MdPtr sha256;
    PkeyCtxPtr signing;  // empty without a private half
    PkeyCtxPtr verifying;

    bool digest(std::string_view message, Digest& out) const {
        return EVP_Digest(message.data(), message.size(), out.data(), nullptr, sha256.get(),
                          nullptr) == 1;
    }
};

Result<RsaKey> RsaKey::adopt(EVP_PKEY* raw, bool has_private) {
    auto handles = std::make_shared<Handles>();
    handles->key.reset(raw);
    const ErrorQueueGuard guard;
    // An RSA-PSS key must not sign PKCS#1 v1.5, so only plain RSA will do.
    if (EVP_PKEY_is_a(raw, "RSA") != 1) {
        const char* type = EVP_PKEY_get0_type_name(raw);
        return Error(Errc::no_signing_key,
                     "is no RSA key but of type " + std::string(type == nullptr ? "?" : type));
    }
    const auto n = number_of(raw, OSSL_PKEY_PARAM_RSA_N);
    const auto e = number_of(raw, OSSL_PKEY_PARAM_RSA_E);
    handles->sha256.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    if (!n || !e || !handles->sha256) {
        return Error(Errc::no_signing_key, "lacks its modulus or exponent");
    }
    handles->verifying = make_context(raw, handles->sha256.get(), &EVP_PKEY_verify_init);
    if (has_private) {
        handles->signing = make_context(raw, handles->sha256.get(), &EVP_PKEY_sign_init);
    }
    if (!handles->verifying || (has_private && !handles->signing)) {
        return Error(Errc::no_signing_key, "cannot be used for RS256");
    }
    RsaKey key;
    key.handles_ = std::move(handles);
    key.n_ = jose::encode_number(*n);
    key.e_ = jose::encode_number(*e);
    key.thumbprint_ = jose::rsa_thumbprint(key.n_, key.e_);
    key.has_private_ = has_private;
    return key;
}

Result<RsaKey> RsaKey::generate(unsigned bits) {
    if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
        return Error(Errc::no_signing_key, "an RSA key of this size is not made");
    }
    const ErrorQueueGuard guard;
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits));
    if (key == nullptr) {
        return Error(Errc::no_signing_key, "OpenSSL could not generate an RSA key");
    }
    return adopt(key, true);
}

std::size_t RsaKey::bits() const {
    return static_cast<std::size_t>(EVP_PKEY_get_bits(handle()));
}

EVP_PKEY* RsaKey::handle() const {
    return handles_->key.get();
}

Result<std::string> RsaKey::sign(std::string_view message) const {
    if (!handles_->signing) {
        return Error(Errc::no_signing_key, "the key has no private half");
    }
    const ErrorQueueGuard guard;
    Digest digest{};
    const PkeyCtxPtr context(EVP_PKEY_CTX_dup(handles_->signing.get()));
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(handle())), '\0');
    std::size_t size = signature.size();
    if (!context || !handles_->digest(message, digest) ||
        EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                      digest.data(), digest.size()) != 1 ||
        size != signature.size()) {
        return Error(Errc::internal, "OpenSSL could not sign");
    }
    return signature;
}

bool RsaKey::verify(std::string_view message, std::string_view signature) const {
    if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(handle()))) {
        return false;
    }
    const ErrorQueueGuard guard;
    Digest digest{};
    const PkeyCtxPtr context(EVP_PKEY_CTX_dup(handles_->verifying.get()));
    // Below zero is a failure too: only 1 says that the signature is good.
    return context && handles_->digest(message, digest) &&
           EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), digest.data(),
                           digest.size()) == 1;
}

}  // namespace signet::keyring
