#include "password/zxcvbn_judge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using signet::guessable_words;
using signet::is_decorated_word;
using Words = std::vector<std::string>;

namespace {

const std::vector<std::string> kAlice{"alice", "alice.liddell@oxford.example"};

// Returns the code under which `password` is refused, or nothing if it may be used.
std::string refusal(std::string_view password, std::size_t code_points_min = 8) {
    const signet::ZxcvbnJudge judge(code_points_min);
    const auto error = judge.judge("/password", password, kAlice);
    if (!error)
        return "";
    CHECK(error->pointer == "/password");
    CHECK_FALSE(error->detail.empty());
    return error->code;
}

std::string repeated(std::string_view unit, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += unit;
    return text;
}

bool holds(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("passwords that guessers try first are weak") {
    for (const auto password :
         {"password"sv,    "12345678"sv,      "password1234567"sv,  "qwertyuiop"sv,
          "iloveyou1"sv,   "letmein123"sv,    "Passw0rd!"sv,        "admin123"sv,
          "aaaaaaaa"sv,    "abcdefgh"sv,      "11111111"sv,         "P@ssw0rd"sv,
          "P@ssw0rd1"sv,   "password1"sv,     "Password123!"sv,     "123456789"sv,
          "87654321"sv,    "qwerty123"sv,     "1q2w3e4r"sv,         "1qaz2wsx"sv,
          "qazwsxedc"sv,   "zaq12wsx"sv,      "asdfghjkl"sv,        "monkey123"sv,
          "dragon12"sv,    "sunshine"sv,      "football1"sv,        "baseball"sv,
          "princess1"sv,   "Welcome123"sv,    "trustno1"sv,         "superman"sv,
          "abc12345"sv,    "a1b2c3d4"sv,      "00000000"sv,         "12121212"sv,
          "19900101"sv,    "01/01/1990"sv,    "passwordpassword"sv, "michael1"sv,
          "changeme"sv,    "secret123"sv,     "testtest"sv,         "test1234"sv,
          "qwerty12345"sv, "letmeinplease"sv, "admin@123"sv,        "        "sv}) {
        CAPTURE(password);
        CHECK(refusal(password) == "password-weak");
    }
}

TEST_CASE("decent passwords may be used, whatever they are composed of") {
    for (const auto password :
         {"correct horse battery staple"sv,
          "correct-horse-battery-1"sv,
          "tr0ub4dor&3x"sv,
          "Kx7#mQ2p"sv,
          "s3cret-Passphrase-42"sv,
          "blue-tractor-91-lemon"sv,
          "a-Long-enough-Passw0rd!"sv,
          "hunter2hunter2!x"sv,
          "pw-for-alice-9381"sv,
          "S3cure!Passw0rd#2024"sv,
          "Sup3rSecret!pass"sv,
          "test-password-123"sv,
          "my-secret-password"sv,
          "correct horse"sv,
          "correcthorsebatterystaple"sv,
          "Sup3rS3cret!"sv,
          "hunter22hunter22"sv,
          "horse-staple-7"sv,
          "sommerregen-im-mai"sv,
          "contrase\u00f1a segura 7"sv,
          "zaubern17Wale"sv,
          "eR4!tz9q"sv,
          "vq8-Hj2-mm"sv,
          "purple monkey dishwasher"sv,
          "four small green llamas"sv,
          "p4ssphrase-of-mine"sv,
          "Valid-Password-1"sv,
          "a-good-password"sv,
          "hunter2-hunter2"sv,
          "opensesame-42"sv,
          "\u043f\u0430\u0440\u043e\u043b\u044c-\u0434\u043b\u0438\u043d\u043d\u044b\u0439"sv,
          "\u5bc6\u7801\u5f88\u957f\u5f88\u5b89\u5168\u7684"sv,
          "gx vt kq wz"sv,
          "Zm4pWq8t"sv,
          "no upper case here"sv,
          "wolken.ueber.kiel"sv,
          "9f2c7be1d04a"sv,
          "teal~gravel~ox"sv,
          "pour-quoi-pas-toi"sv,
          "moss under 3 bridges"sv}) {
        CAPTURE(password);
        CHECK(refusal(password).empty());
    }
}

TEST_CASE("a password made of the user's own name or address is weak") {
    for (const auto password :
         {"alicealice"sv, "alice2024"sv, "Alice12345"sv, "alice.liddell"sv, "LIDDELL-1865"sv,
          "alice.liddell@oxford.example"sv, "lleddil.ecila"sv, "oxford123"sv, "@l1ce123"sv,
          "alice_liddell"sv, "alice98130465"sv, "liddell!!"sv, "ecila2024"sv}) {
        CAPTURE(password);
        CHECK(refusal(password) == "password-weak");
    }
}

TEST_CASE("a password made of the service's name is weak") {
    for (const auto password : {"signet123"sv, "hasura2024"sv, "Hasura!!"sv, "signetsignet"sv})
        CHECK(refusal(password) == "password-weak");
}

TEST_CASE("a user name as a password is weak even when strangers could not guess it") {
    const std::vector<std::string> name{"Kx7mQ2pZt9"};
    const signet::ZxcvbnJudge judge(8);
    const auto error = judge.judge("/password", "kx7mq2pzt9", name);
    REQUIRE(error.has_value());
    CHECK(error->code == "password-weak");
    CHECK_FALSE(judge.judge("/password", "kx7mq2pzt9", {}).has_value());
}

TEST_CASE("where weak passwords are allowed, length and characters still count") {
    const signet::ZxcvbnJudge judge(8, signet::WeakPasswords::allow);
    for (const auto* password : {"password1", "alice123", "aaaaaaaa"}) {
        CHECK_FALSE(judge.judge("/password", password, kAlice).has_value());
    }
    CHECK(judge.judge("/password", "pass1", {})->code == "password-too-short");
    CHECK(judge.judge("/password", std::string(257, 'x'), {})->code == "password-too-long");
    CHECK(judge.judge("/password", "password\t1", {})->code == "control-character");
}

TEST_CASE("a password shorter than the limit is too short, counted in code points") {
    CHECK(refusal("") == "password-too-short");
    CHECK(refusal("Kx7#mQ2") == "password-too-short");
    CHECK(refusal(repeated("\U0001f600", 7)) == "password-too-short");
    CHECK(refusal(repeated("\U0001f600", 14), 15) == "password-too-short");
    CHECK(refusal(repeated("\U0001f600", 15), 15).empty());
}

TEST_CASE("length is counted in NFC") {
    CHECK(refusal("q\u0308x\u0301ue\u0301e\u0301") == "password-too-short");
    CHECK(refusal("e\u0301o\u0308u\u0308a\u0301") == "password-too-short");
    CHECK(refusal("K7#e\u0301o\u0308u\u0308a\u0301z").empty());
}

TEST_CASE("a password longer than 256 code points or 1 KiB is too long") {
    const std::string phrase = "moss under 3 bridges. ";
    std::string text = repeated(phrase, 20);
    text.resize(256);
    CHECK(refusal(text).empty());
    CHECK(refusal(text + 'x') == "password-too-long");
    CHECK(refusal(repeated("\U0001f600", 256)).empty());
    CHECK(refusal(repeated("\U0001f600", 257)) == "password-too-long");
    CHECK(refusal(std::string(100000, 'x')) == "password-too-long");
}

TEST_CASE("a password within the limits may be sent in a longer form") {
    CHECK(refusal(repeated("\u1100\u1161\u11a8", 256)).empty());
}

TEST_CASE("a password with a control character or of broken UTF-8 is refused") {
    for (const auto password : {"Kx7#mQ2p\n"sv, "Kx7#\tmQ2p"sv, "Kx7#mQ2p\0z"sv, "Kx7#mQ2p\x7f"sv,
                                "\x1b[31mKx7#mQ2p"sv, "Kx7#mQ2p\xff"sv, "Kx7#mQ2p\xed\xa0\x80"sv})
        CHECK(refusal(password) == "control-character");
}

TEST_CASE("no refusal repeats the password") {
    const signet::ZxcvbnJudge judge(8);
    for (const auto* password : {"letmein123", "zqxv", "letmein\n123"}) {
        const auto error = judge.judge("/password", password, {});
        REQUIRE(error.has_value());
        CHECK(error->detail.find("letmein") == std::string::npos);
        CHECK(error->detail.find("zqxv") == std::string::npos);
    }
}

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
        CHECK(is_decorated_word(password, words));
    for (const auto* password : {"alicia", "alice wonder", "xalice", "12345678", "", "al1ce"})
        CHECK_FALSE(is_decorated_word(password, words));
}
