#include "keys/key_admin.hpp"
#include "support/key_admin_fixture.hpp"
#include "support/stored_pairs.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;
using signet::Errc;
using signet::KeyState;

TEST_CASE("a private key that is imported becomes the next one") {
    KeyAdminFixture fixture;
    REQUIRE(fixture.admin.stage({}, Run::execute).has_value());
    const auto key = *KeyPair::generate(kEdDsa);
    REQUIRE(fixture.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute).has_value());
    CHECK(fixture.kid(KeyState::next) == key.thumbprint());
    CHECK(fixture.last_action() == "import");
    CHECK_FALSE(
        fixture.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute).has_value());
    CHECK_FALSE(fixture.admin.import_private("no key", "a.pem", Run::execute).has_value());
}

TEST_CASE("a predecessor's public key is published under its own kid until its tokens are dead") {
    KeyAdminFixture fixture;
    REQUIRE(fixture.admin.stage({}, Run::execute).has_value());
    const std::string pem = *KeyPair::generate(kEs256)->to_public_pem();
    CHECK_FALSE(
        fixture.admin.import_public({pem, "a.pem", kFixtureNow, {}}, Run::execute).has_value());
    CHECK_FALSE(
        fixture.admin.import_public({pem, "a.pem", kFixtureNow + 50, "two words"}, Run::execute)
            .has_value());
    REQUIRE(fixture.admin.import_public({pem, "a.pem", kFixtureNow + 50, "old-1"}, Run::execute)
                .has_value());
    CHECK(make_key_set(*fixture.home.load(), fixture.codec, nullptr)->find("old-1") != nullptr);
    fixture.home.advance(50);
    CHECK(make_key_set(*fixture.home.load(), fixture.codec, nullptr)->find("old-1") == nullptr);
    CHECK(make_key_set(*fixture.home.load(), fixture.codec, nullptr)->signer() != nullptr);
}

TEST_CASE("a private key that is imported takes the place of a next key, in one change") {
    KeyAdminFixture fixture;
    fixture.fill();
    const std::string gone = fixture.kid(KeyState::next);
    const auto key = *KeyPair::generate(kEs256);
    REQUIRE(fixture.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute).has_value());
    CHECK(fixture.kid(KeyState::next) == key.thumbprint());
    REQUIRE(fixture.table->audit.size() == 4);
    CHECK(fixture.table->audit[2].action == "retire");
    CHECK(fixture.table->audit[2].kid == gone);
    CHECK(fixture.last_action() == "import");
}

TEST_CASE("a key that is published under two kids is revoked under both, whichever is named") {
    for (const bool by_own_kid : {true, false}) {
        KeyAdminFixture fixture;
        fixture.fill();
        const std::string stolen = fixture.kid(KeyState::active);
        const auto own = std::ranges::find(
            fixture.table->keys, stolen, [](const signet::StoredKey& key) { return key.life.kid; });
        const std::string pem = own->public_part;
        REQUIRE(
            fixture.admin.import_public({pem, "a.pem", kFixtureNow + 999, "legacy"}, Run::execute));
        REQUIRE(fixture.admin.revoke(by_own_kid ? stolen : "legacy", Run::execute).has_value());
        const auto set = *make_key_set(*fixture.home.load(), fixture.codec, nullptr);
        CHECK(set.find(stolen) == nullptr);
        CHECK(set.find("legacy") == nullptr);
        CHECK(set.signer() != nullptr);
    }
}

TEST_CASE("a revoked key does not come back, under no kid and in neither half") {
    KeyAdminFixture fixture;
    fixture.fill();
    const auto key = *KeyPair::generate(kEs256);
    const std::string half = *key.to_public_pem();
    REQUIRE(fixture.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute));
    REQUIRE(fixture.admin.revoke(key.thumbprint(), Run::execute));
    CHECK_FALSE(fixture.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute));
    CHECK_FALSE(
        fixture.admin.import_public({half, "a.pem", kFixtureNow + 999, "legacy"}, Run::execute));
}

TEST_CASE("who cannot open the active key makes no key that the servers could not open") {
    const auto table = std::make_shared<FakeKeyTable>();
    KeyAdminFixture servers({std::string(32, 'a')}, table);
    REQUIRE(servers.admin.stage({}, Run::execute).has_value());
    KeyAdminFixture stranger({std::string(32, 'b')}, table);
    const auto keys = table->keys;
    const std::string pem = *KeyPair::generate(kEs256)->to_private_pem();
    CHECK_FALSE(stranger.admin.stage({}, Run::execute).has_value());
    CHECK_FALSE(stranger.admin.import_private(pem, "a.pem", Run::execute).has_value());
    CHECK(table->keys == keys);
}

TEST_CASE("a successor that nobody can open is taken back, and a new one signs") {
    const auto table = std::make_shared<FakeKeyTable>();
    KeyAdminFixture fixture({std::string(32, 'a')}, table);
    fixture.fill();
    for (auto& key : table->keys) {
        if (key.life.state == KeyState::next) {
            key.private_part = *SealedCodec(sealer({std::string(32, 'b')}))
                                    .encode(*KeyPair::generate(kEs256), key.life.kid);
        }
    }
    const std::string stranger = fixture.kid(KeyState::next);
    REQUIRE(fixture.admin.revoke(fixture.kid(KeyState::active), Run::execute).has_value());
    CHECK(fixture.kid(KeyState::active) != stranger);
    CHECK(make_key_set(*fixture.home.load(), fixture.codec, nullptr)->signer() != nullptr);
}

TEST_CASE("a command without the servers' key-encryption key leaves the next key to them") {
    const auto table = std::make_shared<FakeKeyTable>();
    KeyAdminFixture servers({std::string(32, 'a')}, table);
    servers.fill();
    const std::string next = servers.kid(KeyState::next);
    KeyAdminFixture stranger({std::string(32, 'b')}, table);
    const auto plan = stranger.admin.revoke(servers.kid(KeyState::active), Run::execute);
    REQUIRE(plan.has_value());
    CHECK(says(*plan, "cannot be opened"));
    CHECK(servers.kid(KeyState::active) == next);
}
