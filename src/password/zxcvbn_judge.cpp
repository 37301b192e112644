#include "password/zxcvbn_judge.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "password/normalise.hpp"

#include <signet/domain/text.hpp>

#include <zxcvbn.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace signet {
namespace {

bool is_letter_like(char c) {
    return is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view undecorated(std::string_view text) {
    while (!text.empty() && !is_letter_like(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && !is_letter_like(text.back()))
        text.remove_suffix(1);
    return text;
}

class WordList {
public:
    void add(std::string_view word) {
        if (word.size() < kOwnWordBytesMin)
            return;
        std::string folded = to_lower(word.substr(0, kOwnWordBytesMax));
        const std::string backwards(folded.rbegin(), folded.rend());
        add_once(std::move(folded));
        add_once(backwards);
    }

    std::vector<std::string> take() { return std::move(words_); }

private:
    void add_once(std::string word) {
        const bool known = std::ranges::find(words_, word) != words_.end();
        if (!known && words_.size() < kOwnWordsMax)
            words_.push_back(std::move(word));
    }

    std::vector<std::string> words_;
};

void add_pieces(WordList& list, std::string_view name) {
    const auto inside = [](char c) { return is_letter_like(c) || is_digit(c); };
    for (auto begin = name.begin(); begin != name.end();) {
        begin = std::find_if(begin, name.end(), inside);
        const auto end = std::find_if_not(begin, name.end(), inside);
        list.add(std::string_view(begin, end));
        begin = end;
    }
}

// zxcvbn's score 2 begins at a million guesses. A higher limit refuses passwords that people call
// decent (docs/adr/0005-passwords.md lists some).
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

std::vector<std::string> guessable_words(std::span<const std::string> names) {
    WordList list;
    list.add("signet");
    list.add("hasura");
    for (const auto& name : names) {
        list.add(name);
        list.add(undecorated(name));
        list.add(std::string_view(name).substr(0, name.find('@')));
    }
    for (const auto& name : names)
        add_pieces(list, name);
    return list.take();
}

bool is_decorated_word(std::string_view password, std::span<const std::string> words) {
    const std::string_view core = undecorated(password);
    return std::ranges::any_of(words, [&](const auto& word) {
        return equal_ignoring_case(word, core) || equal_ignoring_case(word, password);
    });
}

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
    if (weak_ == WeakPasswords::allow)
        return std::nullopt;

    const auto words = guessable_words(own_words);
    if (is_decorated_word(*text, words) || guesses_bits(*text, words) < std::log2(kGuessesMin))
        return refusal(pointer, "password-weak",
                       "This password is easy to guess. Three or four unrelated words are not.");
    return std::nullopt;
}

}  // namespace signet
