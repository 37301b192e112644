#include "base/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <new>

namespace signet {

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
