#include "base/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <new>

namespace signet {

std::string sha256(std::string_view bytes) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    if (SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
               reinterpret_cast<unsigned char*>(digest.data())) == nullptr) {
        throw std::bad_alloc();
    }
    return digest;
}

Sha256Digest sha256_digest(std::string_view bytes) {
    // Fetched once: to look it up costs as much as to hash a short token.
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Sha256Digest digest;
    unsigned size = 0;
    if (algorithm == nullptr ||
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) != 1) {
        throw std::bad_alloc();
    }
    return digest;
}

}  // namespace signet
