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
    KeyAdminFixture desk;
    REQUIRE(desk.admin.stage({}, Run::execute).has_value());
    const auto key = *KeyPair::generate(kEdDsa);
    REQUIRE(desk.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute).has_value());
    CHECK(desk.kid(KeyState::next) == key.thumbprint());
    CHECK(desk.last_action() == "import");
    CHECK_FALSE(
        desk.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute).has_value());
    CHECK_FALSE(desk.admin.import_private("no key", "a.pem", Run::execute).has_value());
}

TEST_CASE("a predecessor's public key is published under its own kid until its tokens are dead") {
    KeyAdminFixture desk;
    REQUIRE(desk.admin.stage({}, Run::execute).has_value());
    const std::string pem = *KeyPair::generate(kEs256)->to_public_pem();
    CHECK_FALSE(
        desk.admin.import_public({pem, "a.pem", kFixtureNow, {}}, Run::execute).has_value());
    CHECK_FALSE(
        desk.admin.import_public({pem, "a.pem", kFixtureNow + 50, "two words"}, Run::execute)
            .has_value());
    REQUIRE(desk.admin.import_public({pem, "a.pem", kFixtureNow + 50, "old-1"}, Run::execute)
                .has_value());
    CHECK(make_key_set(*desk.home.load(), desk.codec, nullptr)->find("old-1") != nullptr);
    desk.home.advance(50);
    CHECK(make_key_set(*desk.home.load(), desk.codec, nullptr)->find("old-1") == nullptr);
    CHECK(make_key_set(*desk.home.load(), desk.codec, nullptr)->signer() != nullptr);
}

TEST_CASE("a private key that is imported takes the place of a next key, in one change") {
    KeyAdminFixture desk;
    desk.fill();
    const std::string gone = desk.kid(KeyState::next);
    const auto key = *KeyPair::generate(kEs256);
    REQUIRE(desk.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute).has_value());
    CHECK(desk.kid(KeyState::next) == key.thumbprint());
    REQUIRE(desk.table->audit.size() == 4);
    CHECK(desk.table->audit[2].action == "retire");
    CHECK(desk.table->audit[2].kid == gone);
    CHECK(desk.last_action() == "import");
}

TEST_CASE("a key that is published under two kids is revoked under both, whichever is named") {
    for (const bool by_own_kid : {true, false}) {
        KeyAdminFixture desk;
        desk.fill();
        const std::string stolen = desk.kid(KeyState::active);
        const auto own = std::ranges::find(
            desk.table->keys, stolen, [](const signet::StoredKey& key) { return key.life.kid; });
        const std::string pem = own->public_part;
        REQUIRE(
            desk.admin.import_public({pem, "a.pem", kFixtureNow + 999, "legacy"}, Run::execute));
        REQUIRE(desk.admin.revoke(by_own_kid ? stolen : "legacy", Run::execute).has_value());
        const auto set = *make_key_set(*desk.home.load(), desk.codec, nullptr);
        CHECK(set.find(stolen) == nullptr);
        CHECK(set.find("legacy") == nullptr);
        CHECK(set.signer() != nullptr);
    }
}

TEST_CASE("a revoked key does not come back, under no kid and in neither half") {
    KeyAdminFixture desk;
    desk.fill();
    const auto key = *KeyPair::generate(kEs256);
    const std::string half = *key.to_public_pem();
    REQUIRE(desk.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute));
    REQUIRE(desk.admin.revoke(key.thumbprint(), Run::execute));
    CHECK_FALSE(desk.admin.import_private(*key.to_private_pem(), "a.pem", Run::execute));
    CHECK_FALSE(
        desk.admin.import_public({half, "a.pem", kFixtureNow + 999, "legacy"}, Run::execute));
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
    KeyAdminFixture desk({std::string(32, 'a')}, table);
    desk.fill();
    for (auto& key : table->keys) {
        if (key.life.state == KeyState::next) {
            key.private_part = *SealedCodec(sealer({std::string(32, 'b')}))
                                    .encode(*KeyPair::generate(kEs256), key.life.kid);
        }
    }
    const std::string stranger = desk.kid(KeyState::next);
    REQUIRE(desk.admin.revoke(desk.kid(KeyState::active), Run::execute).has_value());
    CHECK(desk.kid(KeyState::active) != stranger);
    CHECK(make_key_set(*desk.home.load(), desk.codec, nullptr)->signer() != nullptr);
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
