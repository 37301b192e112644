#include "password/argon2.hpp"

#include "password/argon2_memory.hpp"

#include <argon2.h>
#include <sodium.h>
#include <sys/mman.h>

#include <cerrno>
#include <stdexcept>

namespace signet {
namespace {

unsigned char* bytes_of(std::span<std::byte> span) {
    return reinterpret_cast<unsigned char*>(span.data());
}

// libargon2 wants pointers to mutable bytes, and leaves them alone while no flag says otherwise.
std::uint8_t* bytes_of(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): see above
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

// Chooses the code for this processor, once a process; thread-safe itself.
void start_sodium() {
    static const bool started = sodium_init() >= 0;
    if (!started)
        throw std::runtime_error("libsodium cannot be started");
}

Argon2Outcome with_sodium(const Argon2Input& input, std::span<std::byte> tag) {
    start_sodium();
    errno = 0;
    const int status =
        crypto_pwhash(bytes_of(tag), tag.size(), input.password.data(), input.password.size(),
                      bytes_of(input.salt), input.options.iterations,
                      std::size_t{input.options.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
    if (status == 0)
        return Argon2Outcome::done;
    return errno == EINVAL || errno == EFBIG ? Argon2Outcome::refused
                                             : Argon2Outcome::out_of_memory;
}

int allocate_pages(std::uint8_t** memory, std::size_t size_bytes) {
    void* const pages = map_argon2_memory(size_bytes);
    if (pages == MAP_FAILED)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    *memory = static_cast<std::uint8_t*>(pages);
    return ARGON2_OK;
}

void free_pages(std::uint8_t* memory, std::size_t size_bytes) {
    munmap(memory, size_bytes);
}

Argon2Outcome with_libargon2(const Argon2Input& input, std::span<std::byte> tag) {
    argon2_context context{};
    context.out = bytes_of(tag);
    context.outlen = static_cast<std::uint32_t>(tag.size());
    context.pwd = bytes_of(input.password);
    context.pwdlen = static_cast<std::uint32_t>(input.password.size());
    context.salt = bytes_of(input.salt);
    context.saltlen = static_cast<std::uint32_t>(input.salt.size());
    context.t_cost = input.options.iterations;
    context.m_cost = input.options.memory_kib;
    context.lanes = input.options.lanes;
    context.threads = 1;
    context.version = ARGON2_VERSION_13;
    context.allocate_cbk = &allocate_pages;
    context.free_cbk = &free_pages;
    const bool id = input.variant == Argon2Variant::argon2id;
    const int status = argon2_ctx(&context, id ? Argon2_id : Argon2_i);
    if (status == ARGON2_OK)
        return Argon2Outcome::done;
    return status == ARGON2_MEMORY_ALLOCATION_ERROR ? Argon2Outcome::out_of_memory
                                                    : Argon2Outcome::refused;
}

}  // namespace

Argon2Outcome derive_argon2(const Argon2Input& input, std::span<std::byte> tag) {
    const bool known_to_sodium =
        input.variant == Argon2Variant::argon2id && input.options.lanes == 1 &&
        input.salt.size() == crypto_pwhash_SALTBYTES && tag.size() >= crypto_pwhash_BYTES_MIN;
    return known_to_sodium ? with_sodium(input, tag) : with_libargon2(input, tag);
}

}  // namespace signet
