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

TEST_CASE("a preview changes nothing, whatever it is of") {
    KeyAdminFixture fixture;
    fixture.fill();
    const auto keys = fixture.table->keys;
    CHECK(fixture.admin.stage({}, Run::preview).has_value());
    CHECK(fixture.admin.promote(false, Run::preview).has_value());
    CHECK(fixture.admin.promote(true, Run::preview).has_value());
    CHECK(fixture.admin.retire(fixture.kid(KeyState::next), Run::preview).has_value());
    CHECK(fixture.admin.revoke(fixture.kid(KeyState::active), Run::preview).has_value());
    CHECK(fixture.admin.rewrap(Run::preview).has_value());
    CHECK(fixture.table->keys == keys);
    CHECK(fixture.table->audit.size() == 2);
}

TEST_CASE("staging makes the next key, and says so if there is one already") {
    KeyAdminFixture fixture;
    fixture.fill();
    CHECK(fixture.kid(KeyState::active) != fixture.kid(KeyState::next));
    for (const auto& alg : {std::optional<std::string>(), std::optional<std::string>(kEs256)}) {
        const auto again = fixture.admin.stage(alg, Run::execute);
        REQUIRE(again.has_value());
        CHECK_FALSE(again->changes);
        CHECK(again->kid == fixture.kid(KeyState::next));
    }
    CHECK(fixture.table->audit.size() == 2);
}

TEST_CASE("a next key of another algorithm than the named one is taken back in the same change") {
    KeyAdminFixture fixture;
    fixture.fill();
    const std::string active = fixture.kid(KeyState::active);
    const std::string gone = fixture.kid(KeyState::next);
    REQUIRE(fixture.admin.stage("EdDSA", Run::execute).has_value());
    CHECK(fixture.kid(KeyState::active) == active);
    CHECK(fixture.kid(KeyState::next) != gone);
    REQUIRE(fixture.table->audit.size() == 4);
    CHECK(fixture.table->audit[2].action == "retire");
    CHECK(fixture.table->audit[2].kid == gone);
    CHECK(fixture.table->audit[3].action == "stage");
}

TEST_CASE("another algorithm is staged when it is named, and no unknown one") {
    KeyAdminFixture fixture;
    REQUIRE(fixture.admin.stage({}, Run::execute).has_value());
    CHECK(fixture.admin.stage("HS256", Run::execute).error().errc == Errc::invalid_input);
    REQUIRE(fixture.admin.stage("EdDSA", Run::execute).has_value());
    const std::vector<KeyRow> rows = *fixture.admin.list();
    for (const KeyRow& row : rows) {
        CHECK(row.life.alg == (row.life.state == KeyState::next ? "EdDSA" : "ES256"));
    }
}

TEST_CASE("promoting before its time needs force, and tells for how long tokens are refused") {
    KeyAdminFixture fixture;
    fixture.fill();
    const std::string next = fixture.kid(KeyState::next);
    fixture.home.advance(40);
    const auto preview = fixture.admin.promote(false, Run::preview);
    REQUIRE(preview.has_value());
    CHECK(preview->refused_s == 60);
    CHECK(says(*preview, "--force"));
    const auto refused = fixture.admin.promote(false, Run::execute);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().log_detail.find("60 seconds") != std::string::npos);
    REQUIRE(fixture.admin.promote(true, Run::execute).has_value());
    CHECK(fixture.kid(KeyState::active) == next);
}

TEST_CASE("promoting in time retires the active key and stages nothing") {
    KeyAdminFixture fixture;
    fixture.fill();
    fixture.home.advance(100);
    const auto plan = fixture.admin.promote(false, Run::execute);
    REQUIRE(plan.has_value());
    CHECK(plan->refused_s == 0);
    CHECK(fixture.kid(KeyState::next).empty());
    CHECK_FALSE(fixture.kid(KeyState::retired).empty());
    CHECK(fixture.admin.promote(true, Run::execute).error().errc == Errc::invalid_input);
}

TEST_CASE("only a next key is taken back") {
    KeyAdminFixture fixture;
    fixture.fill();
    CHECK_FALSE(fixture.admin.retire(fixture.kid(KeyState::active), Run::execute).has_value());
    CHECK_FALSE(fixture.admin.retire("unknown", Run::execute).has_value());
    REQUIRE(fixture.admin.retire(fixture.kid(KeyState::next), Run::execute).has_value());
    CHECK(fixture.admin.list()->size() == 1);
    CHECK(fixture.last_action() == "retire");
}

TEST_CASE("revoking the active key puts the next one in its place and wipes its private part") {
    KeyAdminFixture fixture;
    fixture.fill();
    const std::string stolen = fixture.kid(KeyState::active);
    const std::string next = fixture.kid(KeyState::next);
    const auto plan = fixture.admin.revoke(stolen, Run::execute);
    REQUIRE(plan.has_value());
    CHECK(plan->restart_consumers);
    CHECK(says(*plan, "Restart every Hasura"));
    CHECK(fixture.kid(KeyState::active) == next);
    const std::vector<KeyRow> rows = *fixture.admin.list();
    for (const KeyRow& row : rows) {
        CHECK(row.has_private == (row.life.kid != stolen));
    }
}

TEST_CASE("revoking the only key makes its successor first") {
    KeyAdminFixture fixture;
    REQUIRE(fixture.admin.stage({}, Run::execute).has_value());
    const std::string stolen = fixture.kid(KeyState::active);
    const auto plan = fixture.admin.revoke(stolen, Run::execute);
    REQUIRE(plan.has_value());
    CHECK(plan->refused_s == 100);
    CHECK_FALSE(fixture.kid(KeyState::active).empty());
    CHECK(fixture.kid(KeyState::active) != stolen);
    CHECK(fixture.kid(KeyState::revoked) == stolen);
    CHECK_FALSE(fixture.admin.revoke(stolen, Run::execute).has_value());
}

TEST_CASE("rewrapping seals under the first key what another one sealed") {
    const auto table = std::make_shared<FakeKeyTable>();
    const std::string a(32, 'a');
    const std::string b(32, 'b');
    KeyAdminFixture old({a}, table);
    old.fill();
    KeyAdminFixture both({b, a}, table);
    REQUIRE(both.admin.rewrap(Run::execute)->changes);
    CHECK_FALSE(both.admin.rewrap(Run::execute)->changes);
    const SealedCodec alone(sealer({b}));
    for (const auto& key : table->keys) {
        CHECK(alone.decode(key).has_value());
    }
}

TEST_CASE("rewrapping leaves what it cannot open, and says so") {
    const auto table = std::make_shared<FakeKeyTable>();
    KeyAdminFixture old({std::string(32, 'a')}, table);
    old.fill();
    KeyAdminFixture other({std::string(32, 'b')}, table);
    const auto keys = table->keys;
    const auto plan = other.admin.rewrap(Run::execute);
    REQUIRE(plan.has_value());
    CHECK_FALSE(plan->changes);
    CHECK(plan->left.size() == 2);
    CHECK(table->keys == keys);
}
