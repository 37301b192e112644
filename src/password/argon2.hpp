#pragma once

#include "password/argon2_options.hpp"
#include "password/phc.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace signet {

struct Argon2Input {
    Argon2Variant variant = Argon2Variant::argon2id;
    Argon2Options options;
    std::string_view password;
    std::string_view salt;
};

enum class Argon2Outcome : std::uint8_t {
    done,
    out_of_memory,
    refused,  // options, salt or tag of a size that Argon2 does not know
};

// Argon2 version 0x13 (RFC 9106) on the calling thread alone, whatever the number of lanes: a
// permit of the crypto lane is one core. Thread-safe. Uses libsodium where it can (Argon2id, one
// lane, 16 bytes of salt), because it is faster by far, and libargon2 for the rest; the tags are
// the same (docs/adr/0005-passwords.md). The memory goes back to the kernel before it returns.
Argon2Outcome derive_argon2(const Argon2Input& input, std::span<std::byte> tag);

}  // namespace signet
