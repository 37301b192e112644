#pragma once

#include <signet/domain/text.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kPasswordBytesMax = 1024;  // in NFC
// A password of that size may be sent in a longer spelling: three times as long for Hangul in NFD.
inline constexpr std::size_t kPasswordSpellingBytesMax = 4 * kPasswordBytesMax;
inline constexpr std::size_t kPasswordCodePointsMax = 256;

enum class PasswordVerdict : std::uint8_t {
    wrong,  // also for a stored hash that cannot be read: the log names it
    matches,
    matches_outdated,  // right, but stored under other parameters than today's: hash it again
};

// Hashes and verifies passwords; burns a core and takes its Argon2 memory for tens of milliseconds,
// on the calling thread. One thread's object. Passwords are UTF-8 as the client sent them;
// normalising to NFC is the hasher's business. Errors: out_of_memory, internal.
class PasswordHasher {
public:
    virtual ~PasswordHasher() = default;

    // An Argon2id PHC string under the current parameters, with a fresh salt.
    virtual Result<Text> hash(std::string_view password) = 0;
    // Whether `password` belongs to `stored`, a PHC string or a bcrypt hash; empty: nobody's. Right
    // or wrong, it costs a hash under the current parameters at least.
    virtual Result<PasswordVerdict> verify(std::string_view password, std::string_view stored) = 0;
    // The work of a verification whose answer is `wrong`, for paths where there is no account.
    virtual Result<void> verify_nobody(std::string_view password) = 0;
};

}  // namespace signet
