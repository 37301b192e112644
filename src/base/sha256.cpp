#include "base/sha256.hpp"

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

}  // namespace signet
