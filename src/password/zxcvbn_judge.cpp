#include "password/zxcvbn_judge.hpp"

#include "base/secret.hpp"
#include "password/normalise.hpp"
#include "password/own_words.hpp"

#include <signet/domain/text.hpp>

#include <zxcvbn.h>

#include <cmath>
#include <vector>

namespace signet {
namespace {

// A million guesses: where zxcvbn's score 2 begins. Below it lie what people call weak; a higher
// bar refuses what they call decent (docs/adr/0005-passwords.md has both lists).
constexpr double kGuessesMin = 1e6;

FieldError refusal(std::string_view pointer, std::string code, std::string detail) {
    return {std::string(pointer), std::move(code), std::move(detail)};
}

FieldError too_long(std::string_view pointer) {
    return refusal(pointer, "password-too-long",
                   "A password has at most " + std::to_string(kPasswordCodePointsMax) +
                       " characters and " + std::to_string(kPasswordBytesMax) + " bytes.");
}

double guesses_bits(const std::string& password, const std::vector<std::string>& words) {
    std::vector<const char*> pointers;
    pointers.reserve(words.size() + 1);
    for (const auto& word : words)
        pointers.push_back(word.c_str());
    pointers.push_back(nullptr);
    return ZxcvbnMatch(password.c_str(), pointers.data(), nullptr);
}

}  // namespace

std::optional<FieldError> ZxcvbnJudge::judge(std::string_view pointer, std::string_view password,
                                             std::span<const std::string> own_words) const {
    if (password.size() > kPasswordSpellingBytesMax)
        return too_long(pointer);
    auto text = normalise(password, UnicodeForm::nfc);
    if (text && has_control_character(*text)) {
        wipe(*text);
        text.reset();
    }
    if (!text)
        return refusal(pointer, "control-character",
                       "A password is text in UTF-8 without control characters.");
    const WipeOnExit wiped(*text);
    const std::size_t length = count_code_points(*text);
    if (length < code_points_min_)
        return refusal(
            pointer, "password-too-short",
            "A password has at least " + std::to_string(code_points_min_) + " characters.");
    if (length > kPasswordCodePointsMax || text->size() > kPasswordBytesMax)
        return too_long(pointer);

    const auto words = guessable_words(own_words);
    if (is_dressed_up_word(*text, words) || guesses_bits(*text, words) < std::log2(kGuessesMin))
        return refusal(pointer, "password-weak",
                       "This password is easy to guess. Three or four unrelated words are not.");
    return std::nullopt;
}

}  // namespace signet
