#include "password/own_words.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using signet::guessable_words;
using signet::is_dressed_up_word;
using Words = std::vector<std::string>;

namespace {

bool holds(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("a name and an address give their pieces, also backwards, in lower case") {
    const auto words = guessable_words(Words{"Alice-Wonder42", "a.liddell@Oxford.example"});
    for (const auto* word :
         {"alice-wonder42", "alice-wonder", "24rednow-ecila", "alice", "ecila", "wonder42",
          "a.liddell@oxford.example", "a.liddell", "liddell", "oxford", "example"}) {
        CAPTURE(word);
        CHECK(holds(words, word));
    }
}

TEST_CASE("the service's own name is always among the words") {
    const auto words = guessable_words({});
    CHECK(holds(words, "signet"));
    CHECK(holds(words, "hasura"));
}

TEST_CASE("pieces that are too short to mean anything are left out") {
    const auto words = guessable_words(Words{"a.b.cde"});
    CHECK(holds(words, "cde"));
    CHECK_FALSE(holds(words, "a"));
    CHECK_FALSE(holds(words, "b"));
}

TEST_CASE("the words are bounded in number and length, and each is there once") {
    std::string name;
    for (int i = 0; i < 1000; ++i)
        name += "word" + std::to_string(i) + '.';
    auto words = guessable_words(Words{name, std::string(5000, 'x')});
    CHECK(words.size() == signet::kOwnWordsMax);
    for (const auto& word : words)
        CHECK(word.size() <= signet::kOwnWordBytesMax);
    std::sort(words.begin(), words.end());
    CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
}

TEST_CASE("a word with digits and punctuation around it is still that word") {
    const Words words{"alice"};
    for (const auto* password : {"alice", "ALICE", "alice2024", "Alice!", "99-alice-99", "!!alice"})
        CHECK(is_dressed_up_word(password, words));
    for (const auto* password : {"alicia", "alice wonder", "xalice", "12345678", "", "al1ce"})
        CHECK_FALSE(is_dressed_up_word(password, words));
}
