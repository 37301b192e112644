#include "password/argon2_memory.hpp"

#include <sys/mman.h>
#include <sys/types.h>

#include <cstdint>

namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} * 1024 * 1024;

}  // namespace

// The linker's names: what libsodium.a calls mmap() arrives at the first, and mmap() itself is the
// second.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
extern "C" {
void* __wrap_mmap(void* address, std::size_t bytes, int protection, int flags, int file,
                  off_t offset) noexcept;
void* __real_mmap(void* address, std::size_t bytes, int protection, int flags, int file,
                  off_t offset) noexcept;
}

namespace signet {

void* map_argon2_memory(std::size_t bytes) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    // A huge page begins at a multiple of its size, so there has to be room to move up to one. What
    // is too much at either end goes back at once.
    const std::size_t spare = bytes < kHugePageBytes ? 0 : kHugePageBytes;
    void* const raw = __real_mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, kFlags, -1, 0);
    if (raw == MAP_FAILED) {
        return raw;
    }
    auto* memory = static_cast<std::byte*>(raw);
    if (spare > 0) {
        const std::size_t past = reinterpret_cast<std::uintptr_t>(raw) % kHugePageBytes;
        const std::size_t lead = past == 0 ? 0 : kHugePageBytes - past;
        if (lead > 0) {
            munmap(memory, lead);
        }
        memory += lead;
        // From the next page on.
        const std::size_t page = 4096;
        const std::size_t kept = (bytes + page - 1) / page * page;
        if (const std::size_t rest = bytes + spare - lead; rest > kept) {
            munmap(memory + kept, rest - kept);
        }
    }
    // Each of these may be refused: then the hash is slower, or a core dump has its memory, which
    // the service forbids as a whole.
    madvise(memory, bytes, MADV_HUGEPAGE);
    madvise(memory, bytes, MADV_DONTDUMP);
    madvise(memory, bytes, MADV_POPULATE_WRITE);
    return memory;
}

}  // namespace signet

[[gnu::used]] void* __wrap_mmap(void* address, std::size_t bytes, int protection, int flags,
                                int file, off_t offset) noexcept {
    const bool is_plain_memory =
        address == nullptr && file == -1 && protection == (PROT_READ | PROT_WRITE);
    return is_plain_memory ? signet::map_argon2_memory(bytes)
                           : __real_mmap(address, bytes, protection, flags, file, offset);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
