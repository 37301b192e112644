#pragma once

#include <signet/ports/passwords.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kOwnWordsMax = 64;
inline constexpr std::size_t kOwnWordBytesMin = 3;
inline constexpr std::size_t kOwnWordBytesMax = 64;

// Returns what somebody who knows the account would try first: names and addresses as a whole, the
// part before the @, the pieces between punctuation, and the name of the service, each also
// backwards. They are in lower case and without duplicates, at most kOwnWordsMax words of at most
// kOwnWordBytesMax.
std::vector<std::string> guessable_words(std::span<const std::string> names);

// Whether `password` is one of `words`, apart from case and from digits and punctuation around it.
bool is_decorated_word(std::string_view password, std::span<const std::string> words);

// What becomes of a password that is easy to guess.
enum class WeakPasswords : std::uint8_t {
    refuse,
    allow,
};

// Judges a password by its length, and unless weak ones are allowed by the words of the user and of
// the service, and by how many guesses it takes according to zxcvbn. Thread-safe, because the
// dictionary of the library is constant.
class ZxcvbnJudge final : public PasswordJudge {
public:
    // `code_points_min` has to be in [1, kPasswordCodePointsMax].
    explicit ZxcvbnJudge(std::size_t code_points_min, WeakPasswords weak = WeakPasswords::refuse)
        : code_points_min_(code_points_min), weak_(weak) {}

    // Counts the length in NFC, which is what is hashed. Takes some milliseconds at most.
    std::optional<FieldError> judge(std::string_view pointer, std::string_view password,
                                    std::span<const std::string> own_words) const override;

private:
    std::size_t code_points_min_;
    WeakPasswords weak_;
};

}  // namespace signet
