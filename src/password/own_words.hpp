#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kOwnWordsMax = 64;
inline constexpr std::size_t kOwnWordBytesMin = 3;
inline constexpr std::size_t kOwnWordBytesMax = 64;

// What a guesser who knows the account tries first: names and addresses whole, the part before the
// @, the pieces between punctuation, the service's own name; each also backwards. In lower case,
// each once, at most kOwnWordsMax of at most kOwnWordBytesMax.
std::vector<std::string> guessable_words(std::span<const std::string> names);

// Whether `password` is one of `words` but for case and for digits and punctuation around it.
bool is_dressed_up_word(std::string_view password, std::span<const std::string> words);

}  // namespace signet
