#include "base/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

namespace signet {

void wipe(void* data, std::size_t size) {
    OPENSSL_cleanse(data, size);
}

void wipe(std::string& text) {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

// A frame of its own, so that the array lies where the frames of others were.
[[gnu::noinline, gnu::no_sanitize_address]] void wipe_dead_stack() {
    std::array<unsigned char, kDeadStackBytes> dead;  // NOLINT(*-member-init): not to be read
    OPENSSL_cleanse(&dead, sizeof dead);
}

bool equal_in_constant_time(std::string_view given, std::string_view expected) {
    // Digests have one length, so neither the length of the expected secret nor a common prefix
    // shows in the time.
    std::array<unsigned char, SHA256_DIGEST_LENGTH> a{};
    std::array<unsigned char, SHA256_DIGEST_LENGTH> b{};
    SHA256(reinterpret_cast<const unsigned char*>(given.data()), given.size(), a.data());
    SHA256(reinterpret_cast<const unsigned char*>(expected.data()), expected.size(), b.data());
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace signet
