#include "password/argon2_memory.hpp"

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace signet {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} * 1024 * 1024;

}  // namespace

void* map_argon2_memory(std::size_t bytes) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    // A huge page begins at a multiple of its size, so there has to be room to move up to one. What
    // is too much at either end goes back at once.
    const std::size_t spare = bytes < kHugePageBytes ? 0 : kHugePageBytes;
    if (bytes > SIZE_MAX - spare) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void* const raw = mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, kFlags, -1, 0);
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
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        const std::size_t kept = (bytes + page - 1) / page * page;
        if (const std::size_t rest = bytes + spare - lead; rest > kept) {
            munmap(memory + kept, rest - kept);
        }
    }
    // Each of these may be refused: then the hash is slower, or a core dump has its memory. Nobody
    // is to take that for an error.
    const int before = errno;
    madvise(memory, bytes, MADV_HUGEPAGE);
    madvise(memory, bytes, MADV_DONTDUMP);
    madvise(memory, bytes, MADV_POPULATE_WRITE);
    errno = before;
    return memory;
}

}  // namespace signet

// What libsodium calls for mmap(), where it was patched (SIGNET_PATCH_SODIUM).
extern "C" void* signet_map_for_sodium(void* address, std::size_t bytes, int protection, int flags,
                                       int file, off_t offset);
void* signet_map_for_sodium(void* address, std::size_t bytes, int protection, int flags, int file,
                            off_t offset) {
    const bool is_plain_memory =
        address == nullptr && file == -1 && protection == (PROT_READ | PROT_WRITE);
    return is_plain_memory ? signet::map_argon2_memory(bytes)
                           : mmap(address, bytes, protection, flags, file, offset);
}
