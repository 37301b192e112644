#include "keys/sealing.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using signet::keys::Sealer;

namespace {

const std::string kOne(32, 'a');
const std::string kTwo(32, 'b');

Sealer sealer(std::vector<std::string> keys) {
    auto made = Sealer::make(std::move(keys));
    REQUIRE(made.has_value());
    return std::move(*made);
}

std::string with_body(const std::string& sealed, const std::string& body) {
    return sealed.substr(0, sealed.rfind('.') + 1) + signet::base64url_encode(body);
}

std::string body_of(const std::string& sealed) {
    return *signet::base64url_decode(sealed.substr(sealed.rfind('.') + 1));
}

}  // namespace

TEST_CASE("what is sealed opens again, and never looks the same twice") {
    const Sealer one = sealer({kOne});
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        const std::string sealed = one.seal("secret", "row");
        CHECK(one.open(sealed, "row").value() == "secret");
        seen.insert(sealed);
    }
    CHECK(seen.size() == 50);
    CHECK(one.open(one.seal("", "row"), "row").value().empty());
}

TEST_CASE("the first key seals, and all of them open") {
    const Sealer old = sealer({kOne});
    const Sealer both = sealer({kTwo, kOne});
    const std::string before = old.seal("secret", "row");
    const std::string after = both.seal("secret", "row");
    CHECK(both.open(before, "row").value() == "secret");
    CHECK(sealer({kTwo}).open(after, "row").value() == "secret");
    CHECK(both.sealed_by_first(after));
    CHECK_FALSE(both.sealed_by_first(before));
    CHECK_FALSE(both.sealed_by_first("no sealed text"));
}

TEST_CASE("a key that is missing is looked for once more where the keys stand, and then seals") {
    std::vector<std::string> place{kOne};
    int readings = 0;
    auto made = Sealer::make({kOne}, [&]() -> signet::Result<std::vector<std::string>> {
        ++readings;
        return place;
    });
    REQUIRE(made.has_value());
    const Sealer& here = *made;
    const std::string other = sealer({kTwo}).seal("secret", "row");
    CHECK(here.open(here.seal("secret", "row"), "row").has_value());
    CHECK(readings == 0);
    CHECK_FALSE(here.open(other, "row").has_value());
    CHECK_FALSE(here.open(other, "row").has_value());
    CHECK(readings == 1);
    place = {kTwo, kOne};
    std::this_thread::sleep_for(signet::keys::kKeksRereadPause);
    CHECK(here.open(other, "row").value() == "secret");
    CHECK(readings == 2);
    CHECK(here.sealed_by_first(other));
}

TEST_CASE("keys that cannot be read again stay, and the error says why") {
    auto made = Sealer::make({kOne}, [] {
        return signet::Result<std::vector<std::string>>(
            signet::Error{signet::Errc::key_unusable, "/run/kek is empty"});
    });
    const std::string mine = made->seal("secret", "row");
    for (int i = 0; i < 2; ++i) {
        const auto opened = made->open(sealer({kTwo}).seal("secret", "row"), "row");
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().log_detail.find("/run/kek is empty") != std::string::npos);
    }
    CHECK(made->open(mine, "row").has_value());
}

TEST_CASE("a missing key-encryption key is named, by its id") {
    const Sealer one = sealer({kOne});
    const auto opened = sealer({kTwo}).open(one.seal("secret", "row"), "row");
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().errc == signet::Errc::key_unusable);
    CHECK(opened.error().log_detail.find(one.first_id()) != std::string::npos);
    CHECK(opened.error().log_detail.find("aaaa") == std::string::npos);
    CHECK(one.first_id().size() == 11);
}

TEST_CASE("a sealed text opens in no other place") {
    const Sealer one = sealer({kOne});
    CHECK_FALSE(one.open(one.seal("secret", "row"), "another").has_value());
    CHECK_FALSE(one.open(one.seal("secret", "row"), "").has_value());
}

TEST_CASE("a sealed text that differs in any bit, or is cut, does not open") {
    const Sealer one = sealer({kOne});
    const std::string sealed = one.seal("secret", "row");
    const std::string body = body_of(sealed);
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string bad = body;
        bad[i] = static_cast<char>(bad[i] ^ 4);
        CHECK_FALSE(one.open(with_body(sealed, bad), "row").has_value());
        CHECK_FALSE(one.open(with_body(sealed, body.substr(0, i)), "row").has_value());
    }
    CHECK_FALSE(one.open(with_body(sealed, body + '\0'), "row").has_value());
    CHECK_FALSE(one.open(sealed + '=', "row").has_value());
    CHECK_FALSE(one.open("v2" + sealed.substr(2), "row").has_value());
    CHECK_FALSE(one.open("", "row").has_value());
}

TEST_CASE("the name of a key-encryption key cannot be exchanged") {
    const Sealer both = sealer({kOne, kTwo});
    const std::string sealed = both.seal("secret", "row");
    const std::string other = sealer({kTwo}).seal("secret", "row");
    CHECK_FALSE(
        both.open(other.substr(0, other.rfind('.')) + sealed.substr(sealed.rfind('.')), "row")
            .has_value());
}

TEST_CASE("key-encryption keys have exactly 32 bytes, and there are one to sixteen") {
    CHECK_FALSE(Sealer::make({}).has_value());
    CHECK_FALSE(Sealer::make({std::string(31, 'a')}).has_value());
    CHECK_FALSE(Sealer::make({kOne, std::string(33, 'a')}).has_value());
    CHECK_FALSE(Sealer::make(std::vector<std::string>(17, kOne)).has_value());
    CHECK(Sealer::make(std::vector<std::string>(16, kOne)).has_value());
}
