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
    KeyAdminFixture desk;
    desk.fill();
    const auto keys = desk.table->keys;
    CHECK(desk.admin.stage({}, Run::preview).has_value());
    CHECK(desk.admin.promote(false, Run::preview).has_value());
    CHECK(desk.admin.promote(true, Run::preview).has_value());
    CHECK(desk.admin.retire(desk.kid(KeyState::next), Run::preview).has_value());
    CHECK(desk.admin.revoke(desk.kid(KeyState::active), Run::preview).has_value());
    CHECK(desk.admin.rewrap(Run::preview).has_value());
    CHECK(desk.table->keys == keys);
    CHECK(desk.table->audit.size() == 2);
}

TEST_CASE("staging makes the next key, and says so if there is one already") {
    KeyAdminFixture desk;
    desk.fill();
    CHECK(desk.kid(KeyState::active) != desk.kid(KeyState::next));
    for (const auto& alg : {std::optional<std::string>(), std::optional<std::string>(kEs256)}) {
        const auto again = desk.admin.stage(alg, Run::execute);
        REQUIRE(again.has_value());
        CHECK_FALSE(again->changes);
        CHECK(again->kid == desk.kid(KeyState::next));
    }
    CHECK(desk.table->audit.size() == 2);
}

TEST_CASE("a next key of another algorithm than the named one is taken back in the same change") {
    KeyAdminFixture desk;
    desk.fill();
    const std::string active = desk.kid(KeyState::active);
    const std::string gone = desk.kid(KeyState::next);
    REQUIRE(desk.admin.stage("EdDSA", Run::execute).has_value());
    CHECK(desk.kid(KeyState::active) == active);
    CHECK(desk.kid(KeyState::next) != gone);
    REQUIRE(desk.table->audit.size() == 4);
    CHECK(desk.table->audit[2].action == "retire");
    CHECK(desk.table->audit[2].kid == gone);
    CHECK(desk.table->audit[3].action == "stage");
}

TEST_CASE("another algorithm is staged when it is named, and no unknown one") {
    KeyAdminFixture desk;
    REQUIRE(desk.admin.stage({}, Run::execute).has_value());
    CHECK(desk.admin.stage("HS256", Run::execute).error().errc == Errc::invalid_input);
    REQUIRE(desk.admin.stage("EdDSA", Run::execute).has_value());
    const std::vector<KeyRow> rows = *desk.admin.list();
    for (const KeyRow& row : rows) {
        CHECK(row.life.alg == (row.life.state == KeyState::next ? "EdDSA" : "ES256"));
    }
}

TEST_CASE("promoting before its time needs force, and tells for how long tokens are refused") {
    KeyAdminFixture desk;
    desk.fill();
    const std::string next = desk.kid(KeyState::next);
    desk.home.advance(40);
    const auto preview = desk.admin.promote(false, Run::preview);
    REQUIRE(preview.has_value());
    CHECK(preview->refused_s == 60);
    CHECK(says(*preview, "--force"));
    const auto refused = desk.admin.promote(false, Run::execute);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().log_detail.find("60 seconds") != std::string::npos);
    REQUIRE(desk.admin.promote(true, Run::execute).has_value());
    CHECK(desk.kid(KeyState::active) == next);
}

TEST_CASE("promoting in time retires the active key and stages nothing") {
    KeyAdminFixture desk;
    desk.fill();
    desk.home.advance(100);
    const auto plan = desk.admin.promote(false, Run::execute);
    REQUIRE(plan.has_value());
    CHECK(plan->refused_s == 0);
    CHECK(desk.kid(KeyState::next).empty());
    CHECK_FALSE(desk.kid(KeyState::retired).empty());
    CHECK(desk.admin.promote(true, Run::execute).error().errc == Errc::invalid_input);
}

TEST_CASE("only a next key is taken back") {
    KeyAdminFixture desk;
    desk.fill();
    CHECK_FALSE(desk.admin.retire(desk.kid(KeyState::active), Run::execute).has_value());
    CHECK_FALSE(desk.admin.retire("unknown", Run::execute).has_value());
    REQUIRE(desk.admin.retire(desk.kid(KeyState::next), Run::execute).has_value());
    CHECK(desk.admin.list()->size() == 1);
    CHECK(desk.last_action() == "retire");
}

TEST_CASE("revoking the active key puts the next one in its place and wipes its private part") {
    KeyAdminFixture desk;
    desk.fill();
    const std::string stolen = desk.kid(KeyState::active);
    const std::string next = desk.kid(KeyState::next);
    const auto plan = desk.admin.revoke(stolen, Run::execute);
    REQUIRE(plan.has_value());
    CHECK(plan->restart_consumers);
    CHECK(says(*plan, "Restart every Hasura"));
    CHECK(desk.kid(KeyState::active) == next);
    const std::vector<KeyRow> rows = *desk.admin.list();
    for (const KeyRow& row : rows) {
        CHECK(row.has_private == (row.life.kid != stolen));
    }
}

TEST_CASE("revoking the only key makes its successor first") {
    KeyAdminFixture desk;
    REQUIRE(desk.admin.stage({}, Run::execute).has_value());
    const std::string stolen = desk.kid(KeyState::active);
    const auto plan = desk.admin.revoke(stolen, Run::execute);
    REQUIRE(plan.has_value());
    CHECK(plan->refused_s == 100);
    CHECK_FALSE(desk.kid(KeyState::active).empty());
    CHECK(desk.kid(KeyState::active) != stolen);
    CHECK(desk.kid(KeyState::revoked) == stolen);
    CHECK_FALSE(desk.admin.revoke(stolen, Run::execute).has_value());
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
