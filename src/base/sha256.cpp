#include "base/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <memory>
#include <new>
#include <utility>

namespace signet {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Returns a context that is set to SHA-256, or an empty one if OpenSSL has no memory for it.
Context make_context() {
    Context context(EVP_MD_CTX_new());
    const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
    const bool ready =
        context && algorithm && EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1;
    return ready ? std::move(context) : Context();
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    if (SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
               reinterpret_cast<unsigned char*>(digest.data())) == nullptr) {
        throw std::bad_alloc();
    }
    return digest;
}

Sha256Digest sha256_digest(std::string_view bytes) {
    // Each thread keeps one: to make it costs as much as to hash a short token.
    thread_local Context context;
    if (!context) {
        context = make_context();
    }
    Sha256Digest digest;
    unsigned size = 0;
    if (!context || EVP_DigestInit_ex2(context.get(), nullptr, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) {
        throw std::bad_alloc();
    }
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string tag(SHA256_DIGEST_LENGTH, '\0');
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             reinterpret_cast<unsigned char*>(tag.data()), &size) == nullptr ||
        size != tag.size()) {
        throw std::bad_alloc();
    }
    return tag;
}

}  // namespace signet
