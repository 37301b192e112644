#include "cli/key_words.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace signet::cli;

namespace {

using Words = std::vector<std::string>;

constexpr const char* kKid = "-MDZ18h6K7MKnQRYlr2JH7hlmiAq1whP9c7lef9eX7U";
constexpr const char* kTwoHyphens = "--DZ18h6K7MKnQRYlr2JH7hlmiAq1whP9c7lef9eX7U";

Words sorted(const std::vector<const char*>& words) {
    const auto made = with_kid_last(words);
    return {made.begin(), made.end()};
}

}  // namespace

TEST_CASE("a kid that begins with a hyphen is no option of retire and revoke") {
    for (const char* verb : {"retire", "revoke"}) {
        for (const char* kid : {kKid, kTwoHyphens, "-short"}) {
            CHECK(sorted({"signet", "keys", verb, kid, "--yes"}) ==
                  Words{"signet", "keys", verb, "--yes", "--", kid});
            CHECK(sorted({"signet", "keys", verb, "--yes", kid}) ==
                  Words{"signet", "keys", verb, "--yes", "--", kid});
        }
    }
}

TEST_CASE("all other words stay where they are") {
    const std::vector<std::vector<const char*>> lines{
        {"signet"},
        {"signet", "keys"},
        {"signet", "keys", "revoke"},
        {"signet", "keys", "revoke", "kid", "--yes"},
        {"signet", "keys", "revoke", "-h"},
        {"signet", "keys", "revoke", "--help"},
        {"signet", "keys", "revoke", "--yes", "--", kKid},
        {"signet", "keys", "import", "a.pem", "--kid", kKid, "--yes"},
        {"signet", "user", "revoke", kKid, "editor"}};
    for (const auto& line : lines) {
        CAPTURE(line);
        CHECK(sorted(line) == Words(line.begin(), line.end()));
    }
}
