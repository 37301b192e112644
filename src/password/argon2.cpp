#include "password/argon2.hpp"

#include "base/base64url.hpp"

#include <argon2.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace signet {
namespace {

std::string between(std::string_view name, std::uint64_t low, std::uint64_t high) {
    return std::string(name) + ": expected " + std::to_string(low) + " to " + std::to_string(high);
}

unsigned char* bytes_of(std::span<std::byte> span) {
    return reinterpret_cast<unsigned char*>(span.data());
}

// libargon2 takes pointers to mutable bytes, but changes them only when a flag asks for it.
std::uint8_t* bytes_of(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): see above
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

// Has libsodium choose its code for this processor, once in the process. Thread-safe.
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
    const argon2_type type = input.variant == Argon2Variant::argon2id  ? Argon2_id
                             : input.variant == Argon2Variant::argon2i ? Argon2_i
                                                                       : Argon2_d;
    const int status = argon2_ctx(&context, type);
    if (status == ARGON2_OK)
        return Argon2Outcome::done;
    return status == ARGON2_MEMORY_ALLOCATION_ERROR ? Argon2Outcome::out_of_memory
                                                    : Argon2Outcome::refused;
}

constexpr std::string_view kArgon2idPrefix = "$argon2id$v=19$";
constexpr std::string_view kArgon2iPrefix = "$argon2i$v=19$";
constexpr std::string_view kArgon2dPrefix = "$argon2d$v=19$";

std::string_view prefix_of(Argon2Variant variant) {
    return variant == Argon2Variant::argon2id  ? kArgon2idPrefix
           : variant == Argon2Variant::argon2i ? kArgon2iPrefix
                                               : kArgon2dPrefix;
}

bool skip(std::string_view& rest, std::string_view expected) {
    if (rest.substr(0, expected.size()) != expected)
        return false;
    rest.remove_prefix(expected.size());
    return true;
}

// Removes a decimal number without sign and leading zeros from the front of `rest` and returns it.
std::optional<std::uint32_t> take_number(std::string_view& rest) {
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (fault != std::errc{} || rest.front() == '0')
        return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return number;
}

std::optional<Argon2Options> take_options(std::string_view& rest) {
    Argon2Options options;
    const std::pair<std::string_view, std::uint32_t*> members[] = {
        {"m=", &options.memory_kib}, {",t=", &options.iterations}, {",p=", &options.lanes}};
    for (const auto& [name, value] : members) {
        if (!skip(rest, name))
            return std::nullopt;
        const auto number = take_number(rest);
        if (!number)
            return std::nullopt;
        *value = *number;
    }
    if (argon2_options_fault(options))
        return std::nullopt;
    return options;
}

// Decodes base64 (RFC 4648 section 4) without padding by way of base64url. Returns nothing unless
// the result has `low` to `high` bytes.
std::optional<std::string> decode(std::string_view base64, std::size_t low, std::size_t high) {
    if (base64.find_first_of("-_") != std::string_view::npos)
        return std::nullopt;
    std::string url(base64);
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    auto bytes = base64url_decode(url);
    if (!bytes || bytes->size() < low || bytes->size() > high)
        return std::nullopt;
    return bytes;
}

std::string encode(std::string_view bytes) {
    std::string base64 = base64url_encode(bytes);
    std::ranges::replace(base64, '-', '+');
    std::ranges::replace(base64, '_', '/');
    return base64;
}

constexpr std::size_t kHugePageBytes = std::size_t{2} * 1024 * 1024;

}  // namespace

std::uint64_t argon2_work_kib(const Argon2Options& options) {
    return std::uint64_t{options.memory_kib} * options.iterations;
}

std::uint64_t stored_memory_kib_max(const Argon2Options& options) {
    return std::max<std::uint64_t>(std::uint64_t{options.memory_kib} * kArgon2StoredMemoryTimesMax,
                                   kArgon2StoredMemoryKib);
}

std::optional<std::string> argon2_options_fault(const Argon2Options& options) {
    if (options.lanes < 1 || options.lanes > kArgon2LanesMax)
        return between("AUTH_ARGON2_LANES", 1, kArgon2LanesMax);
    const std::uint32_t memory_min = kArgon2MemoryKibPerLaneMin * options.lanes;
    if (options.memory_kib < memory_min || options.memory_kib > kArgon2MemoryKibMax)
        return between("AUTH_ARGON2_MEMORY_KIB", memory_min, kArgon2MemoryKibMax);
    if (options.iterations < 1 || options.iterations > kArgon2IterationsMax)
        return between("AUTH_ARGON2_ITERATIONS", 1, kArgon2IterationsMax);
    if (argon2_work_kib(options) > kArgon2WorkKibMax)
        return "AUTH_ARGON2_MEMORY_KIB times AUTH_ARGON2_ITERATIONS: expected at most " +
               std::to_string(kArgon2WorkKibMax);
    return std::nullopt;
}

bool weaker_than_owasp(const Argon2Options& options) {
    constexpr std::array<Argon2Options, 5> kRows{{
        {47104, 1, 1},
        {19456, 2, 1},
        {12288, 3, 1},
        {9216, 4, 1},
        {7168, 5, 1},
    }};
    return std::ranges::none_of(kRows, [&](const Argon2Options& row) {
        return options.memory_kib >= row.memory_kib && options.iterations >= row.iterations;
    });
}

Argon2Outcome derive_argon2(const Argon2Input& input, std::span<std::byte> tag) {
    const bool known_to_sodium =
        input.variant == Argon2Variant::argon2id && input.options.lanes == 1 &&
        input.salt.size() == crypto_pwhash_SALTBYTES && tag.size() >= crypto_pwhash_BYTES_MIN;
    return known_to_sodium ? with_sodium(input, tag) : with_libargon2(input, tag);
}

std::optional<PhcHash> parse_phc(std::string_view stored) {
    if (stored.size() > kPhcBytesMax)
        return std::nullopt;
    PhcHash hash;
    std::string_view rest = stored;
    if (skip(rest, kArgon2iPrefix))
        hash.variant = Argon2Variant::argon2i;
    else if (skip(rest, kArgon2dPrefix))
        hash.variant = Argon2Variant::argon2d;
    else if (!skip(rest, kArgon2idPrefix))
        return std::nullopt;

    const auto options = take_options(rest);
    if (!options || !skip(rest, "$"))
        return std::nullopt;
    hash.options = *options;

    const std::size_t dollar = rest.find('$');
    if (dollar == std::string_view::npos)
        return std::nullopt;
    auto salt = decode(rest.substr(0, dollar), kPhcSaltBytesMin, kPhcSaltBytesMax);
    auto tag = decode(rest.substr(dollar + 1), kPhcTagBytesMin, kPhcTagBytesMax);
    if (!salt || !tag)
        return std::nullopt;
    hash.salt = std::move(*salt);
    hash.tag = std::move(*tag);
    return hash;
}

std::string format_phc(const PhcHash& hash) {
    std::string out(prefix_of(hash.variant));
    out += "m=" + std::to_string(hash.options.memory_kib);
    out += ",t=" + std::to_string(hash.options.iterations);
    out += ",p=" + std::to_string(hash.options.lanes);
    return out + '$' + encode(hash.salt) + '$' + encode(hash.tag);
}

void* map_argon2_memory(std::size_t bytes) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    // A huge page begins at a multiple of its size, so one more is mapped, and what is too much at
    // either end is unmapped at once.
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
    // Each of these may fail. The hash is then slower, or a core dump contains its memory, but it
    // is no error of the mapping.
    const int before = errno;
    madvise(memory, bytes, MADV_HUGEPAGE);
    madvise(memory, bytes, MADV_DONTDUMP);
    madvise(memory, bytes, MADV_POPULATE_WRITE);
    errno = before;
    return memory;
}

}  // namespace signet

// What libsodium calls instead of mmap() when it is built with SIGNET_PATCH_SODIUM.
extern "C" void* signet_map_for_sodium(void* address, std::size_t bytes, int protection, int flags,
                                       int file, off_t offset);
void* signet_map_for_sodium(void* address, std::size_t bytes, int protection, int flags, int file,
                            off_t offset) {
    const bool is_plain_memory =
        address == nullptr && file == -1 && protection == (PROT_READ | PROT_WRITE);
    return is_plain_memory ? signet::map_argon2_memory(bytes)
                           : mmap(address, bytes, protection, flags, file, offset);
}
