#pragma once

#include <cstddef>

namespace signet {

// Memory for one Argon2 hash, of at least `bytes`, zeroed: on huge pages where the kernel gives
// them, which spares a third of the hash's time, and left out of core dumps. MAP_FAILED, with
// errno, where there is none. Given back by munmap(memory, bytes). Thread-safe.
//
// With the build option SIGNET_PATCH_SODIUM libsodium's Argon2 gets this memory too, though it asks
// mmap() for its own: in the copy of it that the program is linked with, that name stands for a
// function beside this one (CMakeLists.txt; docs/adr/0010-speed.md).
void* map_argon2_memory(std::size_t bytes);

}  // namespace signet
