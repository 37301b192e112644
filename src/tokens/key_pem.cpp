#include "tokens/key_pair.hpp"
#include "tokens/openssl_handles.hpp"

#include <openssl/decoder.h>
#include <openssl/pem.h>

#include <optional>

namespace signet::tokens {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

Error refused(std::string reason) {
    return {Errc::no_signing_key, std::move(reason)};
}

// Why `pem` cannot be one PEM block, in words that help more than OpenSSL's.
std::optional<std::string> find_fault(std::string_view pem) {
    if (pem.empty()) {
        return "is empty";
    }
    const std::size_t first = pem.find(kBegin);
    if (first == std::string_view::npos) {
        return "is no PEM text (DER is not taken)";
    }
    if (has(pem.substr(first + 1), kBegin)) {
        return "holds more than one PEM block, where exactly one key is expected";
    }
    return std::nullopt;
}

// Given instead of a passphrase, so that OpenSSL never asks the terminal for one.
int refuse_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace

Result<KeyPair> KeyPair::from_private_pem(std::string_view pem) {
    if (auto fault = find_fault(pem)) {
        return refused(std::move(*fault));
    }
    if (has(pem, "ENCRYPTED")) {
        return refused("is encrypted; decrypt it first (openssl pkey -in FILE -out FILE)");
    }
    if (has(pem, "PUBLIC KEY-----")) {
        return refused("holds a public key only, where a private one is expected");
    }
    const ErrorQueueGuard guard;
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key =
        bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_passphrase, nullptr) : nullptr;
    if (key == nullptr) {
        return refused(
            "cannot be read as a private key: it is damaged, cut off or of another kind");
    }
    return adopt(key, true);
}

Result<KeyPair> KeyPair::from_public_pem(std::string_view pem) {
    if (auto fault = find_fault(pem)) {
        return refused(std::move(*fault));
    }
    if (has(pem, "PRIVATE KEY-----")) {
        return refused("holds a private key, where a public one is expected");
    }
    const ErrorQueueGuard guard;
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key = nullptr;
    OSSL_DECODER_CTX* decoder = OSSL_DECODER_CTX_new_for_pkey(
        &key, "PEM", nullptr, nullptr, EVP_PKEY_PUBLIC_KEY, nullptr, nullptr);
    const bool read = bio && decoder != nullptr && OSSL_DECODER_from_bio(decoder, bio.get()) == 1;
    OSSL_DECODER_CTX_free(decoder);
    if (!read || key == nullptr) {
        EVP_PKEY_free(key);
        return refused("cannot be read as a public key: it is damaged, cut off or of another kind");
    }
    return adopt(key, false);
}

Result<std::string> KeyPair::to_private_pem() const {
    if (!has_private()) {
        return refused("has no private half");
    }
    const ErrorQueueGuard guard;
    // A memory BIO wipes its buffer when it grows and when it is freed.
    const BioPtr bio(BIO_new(BIO_s_mem()));
    char* text = nullptr;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), handle(), nullptr, nullptr, 0, nullptr,
                                              nullptr) != 1) {
        return Error(Errc::internal, "OpenSSL could not write a key");
    }
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

Result<std::string> KeyPair::to_public_pem() const {
    const ErrorQueueGuard guard;
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), handle()) != 1) {
        return Error(Errc::internal, "OpenSSL could not write a key");
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace signet::tokens
