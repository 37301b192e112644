#include "contract/databases.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace signet::test {
namespace {

const Origin kOrigin{Text::from("2001:db8:1::/48"), Text::from("00112233445566778899aabbccddeeff")};

std::vector<AuditEntry> rows_of(const Ports& ports, const UserId& user) {
    return ports.audit->latest({.subject = Text::from(user.str())}, 100).value();
}

std::vector<std::string> actions_of(const Ports& ports, const AuditFilter& filter,
                                    std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const AuditEntry& row : ports.audit->latest(filter, limit).value()) {
        out.push_back(row.action);
    }
    return out;
}

// Does what `change` says in a transaction that comes from kOrigin.
template <class Change>
void commit(const Ports& ports, const Change& change) {
    const auto transaction = ports.sessions->begin(kOrigin).value();
    REQUIRE(change(*transaction));
    REQUIRE(transaction->commit().has_value());
}

// Does everything that a user can do, once, and returns what the account began with.
NewAccount live_through(const Ports& ports) {
    const NewAccount ada = new_account("ada", "ada@example.org");
    const NewSession first = new_session();
    const NewSession second = new_session();
    const PasswordChange password{ada.password_hash, text("$argon2id$second")};
    commit(ports, [&](auto& to) {
        return to.create_account(ada) && to.open_session(ada.id, first) &&
               to.open_session(ada.id, second);
    });
    commit(ports, [&](auto& to) {
        return to.change_account(ada.id, {text("countess"), text("{}")}, first.id).value();
    });
    commit(ports,
           [&](auto& to) { return to.replace_password(ada.id, password, first.id).value(); });
    REQUIRE(ports.sessions->end(ada.id, second.id, {"logout", kOrigin}).value());
    commit(ports, [&](auto& to) {
        const auto found = to.lock_session(first.id).value();
        return to.end_reused_session(first.id, *found, 0).has_value();
    });
    const NewSession third = new_session();
    commit(ports, [&](auto& to) { return to.open_session(ada.id, third).has_value(); });
    REQUIRE(ports.sessions->end_all(ada.id, third.id, {"logout-everywhere", kOrigin}).has_value());
    commit(ports, [&](auto& to) {
        return to.delete_account(ada.id, password.new_hash, third.id).value();
    });
    return ada;
}

}  // namespace

TEST_CASE_TEMPLATE("all that a user does leaves a row each, which says where it came from",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId ada = live_through(ports).id;
    CHECK(actions_of(ports, {.subject = Text::from(ada.str())}) ==
          std::vector<std::string>{"account-deleted", "logout-everywhere", "login", "session-reuse",
                                   "logout", "password-changed", "account-changed", "login",
                                   "login", "signup"});
    for (const AuditEntry& row : rows_of(ports, ada)) {
        CAPTURE(row.action);
        CHECK(is_audit_action(row.action));
        CHECK(row.actor == (row.action == "session-reuse" ? "refresh" : kUserActor));
        CHECK(row.request == kOrigin.request->str());
        // That of a login is the one of its session.
        CHECK(row.network == (row.action == "login" ? "203.0.113.0/24" : kOrigin.network->str()));
        CHECK(row.at_s > 1'700'000'000);
        CHECK(row.db_role.has_value());
    }
}

TEST_CASE_TEMPLATE("what is refused or rolled back leaves no row", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada");
    const NewSession session = new_session();
    {
        const auto transaction = ports.sessions->begin(kOrigin).value();
        REQUIRE(transaction->create_account(ada).has_value());
    }
    CHECK(actions_of(ports, {}).empty());
    REQUIRE(create(*ports.sessions, ada, session).has_value());
    const auto rows = actions_of(ports, {}).size();
    const Text wrong = text("$argon2id$wrong");
    commit(ports, [&](auto& to) {
        return !to.replace_password(ada.id, {wrong, wrong}, session.id).value() &&
               !to.change_account(ada.id, {text("countess"), {}}, new_session().id).value() &&
               !to.delete_account(ada.id, wrong, session.id).value();
    });
    CHECK_FALSE(ports.sessions->end(new_id(), session.id, {"logout"}).value());
    CHECK(actions_of(ports, {}).size() == rows);
}

TEST_CASE_TEMPLATE("rows are found by subject, action and time, the last one first", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada");
    REQUIRE(create(*ports.sessions, ada, new_session()).has_value());
    REQUIRE(create(*ports.sessions, new_account("grace"), new_session()).has_value());
    database.age_audit(7200);
    const auto hour_ago_s = ports.audit->latest({}, 1)->front().at_s + 3600;
    REQUIRE(ports.roles->create_role(text("editor")).has_value());
    CHECK(actions_of(ports, {}) ==
          std::vector<std::string>{"role-created", "login", "signup", "login", "signup"});
    CHECK(actions_of(ports, {}, 2) == std::vector<std::string>{"role-created", "login"});
    CHECK(actions_of(ports, {.action = text("signup")}).size() == 2);
    CHECK(actions_of(ports, {.since_s = hour_ago_s}) == std::vector<std::string>{"role-created"});
    CHECK(
        actions_of(ports, {.subject = Text::from(ada.id.str()), .action = text("login")}).size() ==
        1);
    CHECK(actions_of(ports, {.subject = text("editor'; --")}).empty());
    const auto rows = rows_of(ports, ada.id);
    CHECK(rows.at(0).id > rows.at(1).id);
}

TEST_CASE_TEMPLATE("old rows are removed a few at a time, and none of the last day ever", Database,
                   FakeDatabase, PgDatabase) {
    constexpr std::int64_t kDayS = 86400;
    Database database;
    const Ports ports = database.ports();
    for (const char* name : {"ada", "grace", "edith"}) {
        REQUIRE(create(*ports.sessions, new_account(name)).has_value());
    }
    CHECK(ports.audit->prune(0, 100).value() == 0);
    database.age_audit(3 * kDayS);
    REQUIRE(create(*ports.sessions, new_account("mary")).has_value());
    CHECK(ports.audit->prune(4 * kDayS, 100).value() == 0);
    CHECK(ports.audit->prune(2 * kDayS, 2).value() == 2);
    CHECK(ports.audit->prune(0, 2).value() == 1);
    CHECK(ports.audit->prune(-kDayS, 2).value() == 0);
    CHECK(actions_of(ports, {}) == std::vector<std::string>{"signup"});
}

TEST_CASE("a row of the last day cannot be deleted even by the owner of the tables") {
    PgDatabase database;
    const Ports ports = database.ports();
    REQUIRE(create(*ports.sessions, new_account("ada")).has_value());
    database.age_audit(2 * 86400);
    REQUIRE(create(*ports.sessions, new_account("grace")).has_value());
    CHECK_THROWS(run_sql(database.url(), "delete from signet.audit"));
    CHECK_THROWS(run_sql(database.url(), "update signet.audit set at = at - interval '2 days'"));
    CHECK_THROWS(run_sql(database.url(), "truncate signet.audit"));
    CHECK(actions_of(ports, {}).size() == 2);
    run_sql(database.url(), "delete from signet.audit where at < now() - interval '1 day'");
    CHECK(actions_of(ports, {}).size() == 1);
}

TEST_CASE("no row holds a password hash, a session key or the words of a user") {
    PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount ada = live_through(ports);
    for (const auto& row : run_sql(database.url(), "select a::text from signet.audit a")) {
        const std::string& line = row.at(0).value();
        for (const char* secret : {"argon2", "sealed", "countess", "example.org", "Firefox"}) {
            CHECK_MESSAGE(line.find(secret) == std::string::npos, line);
        }
    }
    CHECK_FALSE(rows_of(ports, ada.id).empty());
}

}  // namespace signet::test
