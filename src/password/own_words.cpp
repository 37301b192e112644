#include "password/own_words.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace signet {
namespace {

bool is_letter_like(char c) {
    return is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view undressed(std::string_view text) {
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

}  // namespace

std::vector<std::string> guessable_words(std::span<const std::string> names) {
    WordList list;
    list.add("signet");
    list.add("hasura");
    for (const auto& name : names) {
        list.add(name);
        list.add(undressed(name));
        list.add(std::string_view(name).substr(0, name.find('@')));
    }
    for (const auto& name : names)
        add_pieces(list, name);
    return list.take();
}

bool is_dressed_up_word(std::string_view password, std::span<const std::string> words) {
    const std::string_view core = undressed(password);
    return std::ranges::any_of(words, [&](const auto& word) {
        return equal_ignoring_case(word, core) || equal_ignoring_case(word, password);
    });
}

}  // namespace signet
