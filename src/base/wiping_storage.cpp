#include "base/json.hpp"

#include <openssl/crypto.h>

#include <cstddef>
#include <new>

namespace signet {
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
