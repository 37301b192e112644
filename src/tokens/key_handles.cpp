#include "tokens/key_handles.hpp"

#include "base/sha256.hpp"

#include <openssl/rsa.h>

namespace signet::tokens {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

// A context that signs or verifies a SHA-256 digest; nothing when OpenSSL refuses the key.
PkeyCtxPtr make_context(EVP_PKEY* key, const EVP_MD* sha256, int (*init)(EVP_PKEY_CTX*)) {
    PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!context || init(context.get()) != 1) {
        return nullptr;
    }
    if (EVP_PKEY_is_a(key, "RSA") == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1) {
        return nullptr;
    }
    return EVP_PKEY_CTX_set_signature_md(context.get(), sha256) == 1 ? std::move(context) : nullptr;
}

}  // namespace

bool KeyPair::Handles::prepare(bool has_private) {
    const MdPtr sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    if (!sha256) {
        return false;
    }
    verifying = make_context(key.get(), sha256.get(), &EVP_PKEY_verify_init);
    if (has_private) {
        signing = make_context(key.get(), sha256.get(), &EVP_PKEY_sign_init);
    }
    return verifying && (!has_private || signing);
}

Result<std::string> KeyPair::Handles::sign_digest(std::string_view message) const {
    const Sha256Digest hash = sha256_digest(message);
    const PkeyCtxPtr context(EVP_PKEY_CTX_dup(signing.get()));
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t size = signature.size();
    if (!context ||
        EVP_PKEY_sign(context.get(), bytes_of(signature), &size, hash.data(), hash.size()) != 1) {
        return Error(Errc::internal, "OpenSSL could not sign");
    }
    signature.resize(size);
    return signature;
}

bool KeyPair::Handles::verify_digest(std::string_view message, std::string_view signature) const {
    const Sha256Digest hash = sha256_digest(message);
    const PkeyCtxPtr context(EVP_PKEY_CTX_dup(verifying.get()));
    // Below zero is a failure too: only 1 says that the signature is good.
    return context && EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(),
                                      hash.data(), hash.size()) == 1;
}

Result<std::string> KeyPair::Handles::sign_whole(std::string_view message) const {
    const MdCtxPtr context(EVP_MD_CTX_new());
    std::string signature(kEd25519SignatureBytes, '\0');
    std::size_t size = signature.size();
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                              nullptr) != 1 ||
        EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                       message.size()) != 1 ||
        size != signature.size()) {
        return Error(Errc::internal, "OpenSSL could not sign");
    }
    return signature;
}

bool KeyPair::Handles::verify_whole(std::string_view message, std::string_view signature) const {
    const MdCtxPtr context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                   nullptr) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

}  // namespace signet::tokens
