#include "contract/rooms.hpp"
#include "contract/stored_keys.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

// What plain SQL can and cannot do to signing keys: the rules of sql/migrations.
namespace signet::test {
namespace {

// A database with one key in each state: active, next, retired (its tokens live), dead (they do
// not) and revoked.
class RuledRoom {
public:
    RuledRoom() {
        const auto home = store::make_key_home(room_.options());
        const auto view = home->load();
        StoredKey revoked = retired_key("revoked", view->now_s);
        revoked.life.state = KeyState::revoked;
        revoked.private_part.clear();
        const StoredKeys keys{active_key("active", view->now_s), next_key("next", view->now_s),
                              retired_key("retired", view->now_s + 500),
                              retired_key("dead", view->now_s - 1), revoked};
        REQUIRE(home->change(becoming(keys)));
    }
    SqlRows run(const std::string& sql) const { return run_sql(room_.url(), sql); }
    // What PostgreSQL says against it; empty when it has no objection.
    std::string objection(const std::string& sql) const {
        try {
            run(sql);
            return {};
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    }
    bool says(const std::string& sql, std::string_view words) const {
        return objection(sql).find(words) != std::string::npos;
    }

private:
    PgRoom room_;
};

std::string update(const std::string& kid, const std::string& set) {
    return "update signet.signing_key set " + set + " where kid = '" + kid + "'";
}

std::string insert(const std::string& columns, const std::string& values) {
    return "insert into signet.signing_key (kid, alg, public_part, private_part, tokens_ttl_s,"
           " published_at, active_after, " +
           columns + ") values ('new', 'RS256', 'public', 'sealed', 300, now(), now(), " + values +
           ")";
}

TEST_CASE("SQL cannot make a second active or a second next key") {
    const RuledRoom room;
    CHECK(room.says(insert("state", "'active'"), "signing_key_one_active"));
    CHECK(room.says(insert("state", "'next'"), "signing_key_one_next"));
    CHECK(room.says(update("next", "state = 'active'"), "signing_key_one_active"));
}

TEST_CASE("SQL cannot remove an active key, nor a retired one before its time") {
    const RuledRoom room;
    for (const std::string kid : {"active", "retired"}) {
        CHECK(room.says("delete from signet.signing_key where kid = '" + kid + "'",
                        "cannot be removed"));
    }
    CHECK(room.says("delete from signet.signing_key", "cannot be removed"));
    CHECK(room.says("truncate signet.signing_key", "not truncated"));
    CHECK(room.run("select from signet.signing_key").size() == 5);
    for (const std::string kid : {"next", "dead", "revoked"}) {
        CHECK(room.objection("delete from signet.signing_key where kid = '" + kid + "'").empty());
    }
    CHECK(room.run("select from signet.signing_key").size() == 2);
}

TEST_CASE("SQL cannot retire a key without saying when it goes, nor let it go earlier") {
    const RuledRoom room;
    CHECK(room.says(update("active", "state = 'retired'"), "retired_says_when"));
    CHECK(room.says(update("retired", "remove_after = null"), "retired_says_when"));
    CHECK(room.says(update("retired", "remove_after = remove_after - interval '1 second'"),
                    "not removed earlier"));
    CHECK(room.says(update("retired", "remove_after = 'infinity'"), "times_are_finite"));
    CHECK(room.says(update("retired", "retired_at = null"), "retired_outlives_its_tokens"));
    CHECK(room.objection(update("retired", "remove_after = remove_after + interval '1 hour'"))
              .empty());
}

// What retires the active key until so many seconds from now and puts the next one in its place.
std::string promotion(int kept_s) {
    return "begin; " +
           update("active",
                  "state = 'retired', private_part = null, retired_at = now(),"
                  " remove_after = now() + interval '" +
                      std::to_string(kept_s) + " seconds'") +
           "; " + update("next", "state = 'active', activated_at = now()") + "; commit";
}

TEST_CASE("SQL cannot retire a key for a shorter time than its tokens live and views lag") {
    const RuledRoom room;
    CHECK(room.says(promotion(300 + 118), "retired_outlives_its_tokens"));
    CHECK(room.run("select from signet.signing_key where state = 'retired'").size() == 2);
    CHECK(room.objection(promotion(300 + 125)).empty());
}

TEST_CASE("SQL cannot forget how long the tokens of a key live") {
    const RuledRoom room;
    CHECK(room.says(update("active", "tokens_ttl_s = 299"), "never lowered"));
    CHECK(room.says(update("retired", "tokens_ttl_s = 0"), "never lowered"));
    CHECK(room.objection(update("active", "tokens_ttl_s = 3600")).empty());
    CHECK(room.says(promotion(300 + 125), "retired_outlives_its_tokens"));
    CHECK(room.objection(promotion(3600 + 125)).empty());
}

TEST_CASE("SQL cannot take the private part of the active key away") {
    const RuledRoom room;
    CHECK(room.says(update("active", "private_part = null"), "active_has_private_part"));
    CHECK(room.objection(update("next", "private_part = null")).empty());
}

TEST_CASE("SQL cannot turn the epoch back, stop it or remove it") {
    const RuledRoom room;
    for (const std::string value : {"value", "value - 1", "0"}) {
        CHECK(room.says("update signet.epoch set value = " + value, "only grows"));
    }
    CHECK(room.says("update signet.epoch set name = 'other', value = 9", "only grows"));
    CHECK(room.says("delete from signet.epoch", "not removed"));
    CHECK(room.says("truncate signet.epoch", "not removed"));
    CHECK(room.objection("update signet.epoch set value = value + 1").empty());
}

TEST_CASE("SQL cannot change what a key is") {
    const RuledRoom room;
    for (const std::string set : {"kid = 'other'", "alg = 'ES256'", "public_part = 'other'"}) {
        CHECK(room.says(update("active", set), "never change"));
        CHECK(room.says(update("revoked", set), "never change"));
    }
    CHECK(room.says(insert("state", "'lost'"), "signing_key_state_check"));
    CHECK(
        room.says("insert into signet.signing_key select 'x', 'HS256' as alg, 'revoked',"
                  " false, 'p', null, now(), now(), now(), null, null, null, 0",
                  "signing_key_alg_check"));
}

TEST_CASE("SQL cannot keep the private part of a revoked key, nor one in the clear") {
    const RuledRoom room;
    CHECK(room.says(update("active", "state = 'revoked'"), "revoked_is_wiped"));
    CHECK(room.says(update("revoked", "private_part = 'sealed'"), "revoked_is_wiped"));
    CHECK(room.says(update("active", "private_part = '-----BEGIN RSA PRIVATE KEY-----'"),
                    "private_part_is_sealed"));
    CHECK(room.objection(update("active", "private_part = 'sealed anew'")).empty());
}

TEST_CASE("an emergency by SQL works: also a retired key can be revoked, whatever its time") {
    const RuledRoom room;
    CHECK(room.objection(update("active", "state = 'revoked', private_part = null")).empty());
    CHECK(room.run("select from signet.signing_key where state = 'active'").empty());
    CHECK(room.objection(update("next", "state = 'active', activated_at = now()")).empty());
    CHECK(room.objection(update("retired",
                                "state = 'revoked', private_part = null,"
                                " remove_after = now()"))
              .empty());
}

TEST_CASE("SQL cannot rewrite the audit trail, only add to it") {
    const RuledRoom room;
    const auto before = room.run("select id, actor, detail from signet.audit");
    for (const std::string sql : {"update signet.audit set actor = 'nobody'",
                                  "delete from signet.audit", "truncate signet.audit"}) {
        CHECK(room.says(sql, "only ever appended to"));
    }
    CHECK(
        room.says("insert into signet.audit (id, actor, action, subject, detail)"
                  " values (1, '', '', '', '')",
                  "non-DEFAULT value"));
    CHECK(room.run("select id, actor, detail from signet.audit") == before);
}

TEST_CASE("every transaction of SQL bumps the epoch once, and one that is rolled back does not") {
    const RuledRoom room;
    const std::string epoch = "select value from signet.epoch";
    CHECK(room.run(epoch).at(0).at(0) == "1");
    room.run("begin; " + update("next", "active_after = now()") + "; " +
             update("active", "activated_at = now()") +
             "; delete from signet.signing_key where kid = 'dead'; commit");
    CHECK(room.run(epoch).at(0).at(0) == "2");
    room.run("begin; " + update("next", "active_after = now()") + "; rollback");
    CHECK(room.run(epoch).at(0).at(0) == "2");
    room.run(update("next", "active_after = now()"));
    CHECK(room.run(epoch).at(0).at(0) == "3");
}

}  // namespace
}  // namespace signet::test
