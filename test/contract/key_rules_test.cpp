#include "contract/databases.hpp"
#include "contract/stored_keys.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

// Checks what plain SQL can and cannot do to signing keys by the rules of sql/migrations.
namespace signet::test {
namespace {

// A database with the keys active, next, retired (its tokens are valid), dead (retired, but its
// tokens have expired) and revoked.
class KeyRulesDatabase {
public:
    KeyRulesDatabase() {
        const auto home = store::make_key_home(database_.options());
        const auto view = home->load();
        StoredKey revoked = retired_key("revoked", view->now_s);
        revoked.life.state = KeyState::revoked;
        revoked.private_part.clear();
        const StoredKeys keys{active_key("active", view->now_s), next_key("next", view->now_s),
                              retired_key("retired", view->now_s + 500),
                              retired_key("dead", view->now_s - 1), revoked};
        REQUIRE(home->change(becoming(keys)));
    }
    SqlRows run(const std::string& sql) const { return run_sql(database_.url(), sql); }
    // Returns the objection of PostgreSQL to the statement, or an empty text if it has none.
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
    PgDatabase database_;
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
    const KeyRulesDatabase database;
    CHECK(database.says(insert("state", "'active'"), "signing_key_one_active"));
    CHECK(database.says(insert("state", "'next'"), "signing_key_one_next"));
    CHECK(database.says(update("next", "state = 'active'"), "signing_key_one_active"));
}

TEST_CASE("SQL cannot remove an active key, nor a retired one before its time") {
    const KeyRulesDatabase database;
    for (const std::string kid : {"active", "retired"}) {
        CHECK(database.says("delete from signet.signing_key where kid = '" + kid + "'",
                            "cannot be removed"));
    }
    CHECK(database.says("delete from signet.signing_key", "cannot be removed"));
    CHECK(database.says("truncate signet.signing_key", "not truncated"));
    CHECK(database.run("select from signet.signing_key").size() == 5);
    for (const std::string kid : {"next", "dead", "revoked"}) {
        CHECK(
            database.objection("delete from signet.signing_key where kid = '" + kid + "'").empty());
    }
    CHECK(database.run("select from signet.signing_key").size() == 2);
}

TEST_CASE("SQL cannot retire a key without a time of removal, nor bring that time forward") {
    const KeyRulesDatabase database;
    CHECK(database.says(update("active", "state = 'retired'"), "retired_says_when"));
    CHECK(database.says(update("retired", "remove_after = null"), "retired_says_when"));
    CHECK(database.says(update("retired", "remove_after = remove_after - interval '1 second'"),
                        "not removed earlier"));
    CHECK(database.says(update("retired", "remove_after = 'infinity'"), "times_are_finite"));
    CHECK(database.says(update("retired", "retired_at = null"), "retired_outlives_its_tokens"));
    CHECK(database.objection(update("retired", "remove_after = remove_after + interval '1 hour'"))
              .empty());
}

// Returns the SQL that retires the active key, keeps it for so many seconds from now, and makes the
// next key active.
std::string promotion(int kept_s) {
    return "begin; " +
           update("active",
                  "state = 'retired', private_part = null, retired_at = now(),"
                  " remove_after = now() + interval '" +
                      std::to_string(kept_s) + " seconds'") +
           "; " + update("next", "state = 'active', activated_at = now()") + "; commit";
}

TEST_CASE("SQL cannot retire a key for a shorter time than its tokens live and views lag") {
    const KeyRulesDatabase database;
    CHECK(database.says(promotion(300 + 118), "retired_outlives_its_tokens"));
    CHECK(database.run("select from signet.signing_key where state = 'retired'").size() == 2);
    CHECK(database.objection(promotion(300 + 125)).empty());
}

TEST_CASE("SQL cannot forget how long the tokens of a key live") {
    const KeyRulesDatabase database;
    CHECK(database.says(update("active", "tokens_ttl_s = 299"), "never lowered"));
    CHECK(database.says(update("retired", "tokens_ttl_s = 0"), "never lowered"));
    CHECK(database.objection(update("active", "tokens_ttl_s = 3600")).empty());
    CHECK(database.says(promotion(300 + 125), "retired_outlives_its_tokens"));
    CHECK(database.objection(promotion(3600 + 125)).empty());
}

TEST_CASE("SQL cannot remove the private part of the active key") {
    const KeyRulesDatabase database;
    CHECK(database.says(update("active", "private_part = null"), "active_has_private_part"));
    CHECK(database.objection(update("next", "private_part = null")).empty());
}

TEST_CASE("SQL cannot turn the epoch back, stop it or remove it") {
    const KeyRulesDatabase database;
    for (const std::string value : {"value", "value - 1", "0"}) {
        CHECK(database.says("update signet.epoch set value = " + value, "only grows"));
    }
    CHECK(database.says("update signet.epoch set name = 'other', value = 9", "only grows"));
    CHECK(database.says("delete from signet.epoch", "not removed"));
    CHECK(database.says("truncate signet.epoch", "not removed"));
    CHECK(database.objection("update signet.epoch set value = value + 1").empty());
}

TEST_CASE("SQL cannot change what a key is") {
    const KeyRulesDatabase database;
    for (const std::string set : {"kid = 'other'", "alg = 'ES256'", "public_part = 'other'"}) {
        CHECK(database.says(update("active", set), "never change"));
        CHECK(database.says(update("revoked", set), "never change"));
    }
    CHECK(database.says(insert("state", "'lost'"), "signing_key_state_check"));
    CHECK(
        database.says("insert into signet.signing_key select 'x', 'HS256' as alg, 'revoked',"
                      " false, 'p', null, now(), now(), now(), null, null, null, 0",
                      "signing_key_alg_check"));
}

TEST_CASE("SQL cannot keep the private part of a revoked key, nor one in the clear") {
    const KeyRulesDatabase database;
    CHECK(database.says(update("active", "state = 'revoked'"), "revoked_is_wiped"));
    CHECK(database.says(update("revoked", "private_part = 'sealed'"), "revoked_is_wiped"));
    CHECK(database.says(update("active", "private_part = '-----BEGIN RSA PRIVATE KEY-----'"),
                        "private_part_is_sealed"));
    CHECK(database.objection(update("active", "private_part = 'sealed anew'")).empty());
}

TEST_CASE("an emergency by SQL works: also a retired key can be revoked, whatever its time") {
    const KeyRulesDatabase database;
    CHECK(database.objection(update("active", "state = 'revoked', private_part = null")).empty());
    CHECK(database.run("select from signet.signing_key where state = 'active'").empty());
    CHECK(database.objection(update("next", "state = 'active', activated_at = now()")).empty());
    CHECK(database
              .objection(update("retired",
                                "state = 'revoked', private_part = null,"
                                " remove_after = now()"))
              .empty());
}

TEST_CASE("SQL cannot rewrite the audit trail, only add to it") {
    const KeyRulesDatabase database;
    const auto before = database.run("select id, actor, detail from signet.audit");
    for (const std::string sql : {"update signet.audit set actor = 'nobody'",
                                  "delete from signet.audit", "truncate signet.audit"}) {
        CHECK(database.says(sql, "only ever appended to"));
    }
    CHECK(
        database.says("insert into signet.audit (id, actor, action, subject, detail)"
                      " values (1, '', '', '', '')",
                      "non-DEFAULT value"));
    CHECK(database.run("select id, actor, detail from signet.audit") == before);
}

TEST_CASE("every transaction of SQL bumps the epoch once, and one that is rolled back does not") {
    const KeyRulesDatabase database;
    const std::string epoch = "select value from signet.epoch";
    CHECK(database.run(epoch).at(0).at(0) == "1");
    database.run("begin; " + update("next", "active_after = now()") + "; " +
                 update("active", "activated_at = now()") +
                 "; delete from signet.signing_key where kid = 'dead'; commit");
    CHECK(database.run(epoch).at(0).at(0) == "2");
    database.run("begin; " + update("next", "active_after = now()") + "; rollback");
    CHECK(database.run(epoch).at(0).at(0) == "2");
    database.run(update("next", "active_after = now()"));
    CHECK(database.run(epoch).at(0).at(0) == "3");
}

}  // namespace
}  // namespace signet::test
