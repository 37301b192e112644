#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/text.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

inline constexpr std::size_t kPasswordBytesMax = 1024;  // in NFC
// A password of that size may be sent in a longer form: Hangul in NFD takes three times as much.
inline constexpr std::size_t kPasswordSpellingBytesMax = 4 * kPasswordBytesMax;
inline constexpr std::size_t kPasswordCodePointsMax = 256;

enum class PasswordVerdict : std::uint8_t {
    wrong,  // or the stored hash cannot be read, which the log then reports
    matches,
    matches_outdated,  // right, but hashed with outdated parameters: hash it again
};

// Hashes and verifies passwords on the calling thread, which takes a core and the Argon2 memory for
// tens of milliseconds. An object belongs to one thread. Passwords are UTF-8 as the client sent
// them; the hasher normalises them to NFC. Errors: out_of_memory, internal.
class PasswordHasher {
public:
    virtual ~PasswordHasher() = default;

    // Returns an Argon2id PHC string under the current parameters, with a fresh salt.
    virtual Result<Text> hash(std::string_view password) = 0;
    // Tells whether `password` belongs to `stored`, which is a PHC string, one of others, or empty
    // for an account without a password. Costs at least one hash under the current parameters,
    // whether the password is right or wrong.
    virtual Result<PasswordVerdict> verify(std::string_view password, std::string_view stored) = 0;
    // Does the work of a verification that ends with `wrong`, for a name that has no account.
    virtual Result<void> verify_nobody(std::string_view password) = 0;
    // Returns how long it takes to verify a password whose stored hash costs more than new ones, as
    // far as this process has met any; otherwise 0. To answer a refusal no sooner keeps such
    // accounts from standing out.
    virtual std::chrono::milliseconds longest_verification() const = 0;
};

// Judges whether a new password is good enough. Thread-safe.
class PasswordJudge {
public:
    virtual ~PasswordJudge() = default;

    // Returns nothing if `password` may be used. Otherwise it says why not, with the code
    // password-too-short, password-too-long, password-weak or control-character. `own_words` are
    // the user's name and e-mail address: a password made of them is weak. May wait for a list of
    // breached passwords, so no transaction is open meanwhile.
    virtual std::optional<FieldError> judge(std::string_view pointer, std::string_view password,
                                            std::span<const std::string> own_words) const = 0;
};

}  // namespace signet
