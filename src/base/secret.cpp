#include "base/secret.hpp"

#include "base/json.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <new>

namespace signet {

void wipe(void* data, std::size_t size) {
    OPENSSL_cleanse(data, size);
}

void wipe(std::string& text) {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
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

namespace {

namespace json = boost::json;

// One alignment for all blocks: Boost.JSON gives the key of an unfinished member back under another
// alignment than it asked for.
constexpr std::align_val_t kAlignment{alignof(std::max_align_t)};

// Heap memory that is overwritten before it is given back. Holds no state, so one serves all.
class WipingResource final : public json::memory_resource {
private:
    void* do_allocate(std::size_t bytes, std::size_t) override {
        return ::operator new(bytes, kAlignment);
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
        OPENSSL_cleanse(memory, bytes);
        ::operator delete(memory, bytes, kAlignment);
    }
    bool do_is_equal(const json::memory_resource& other) const noexcept override {
        return dynamic_cast<const WipingResource*>(&other) != nullptr;
    }
};

}  // namespace

boost::json::storage_ptr wiping_storage() {
    static WipingResource resource;
    return {&resource};
}

}  // namespace signet
