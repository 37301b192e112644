#include "contract/databases.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

// Checks the counts of wrong passwords.
namespace signet::test {
namespace {

constexpr std::int64_t kMax = 100;

Failure failure_of(std::string_view subject, bool reserved = false) {
    return {
        text(subject), {"login-refused", {text("203.0.113.0/24"), text("request-1")}}, reserved};
}

LoginMatch match(const Ports& ports, std::string_view name, std::string_view network = {}) {
    const LoginOrigin origin{text("name:nobody"),
                             network.empty() ? std::nullopt : Text::from(network)};
    return ports.accounts->find_for_login(LoginName{NameKind::username, text(name)}, origin)
        .value();
}

TEST_CASE_TEMPLATE("what counts against a login is read with the account, or with nobody", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    const std::string user = "user:" + ada.id.str();
    CHECK(match(ports, "ADA").account->id == ada.id);
    CHECK(match(ports, "ada").account->roles == std::vector<std::string>{"user"});
    CHECK(match(ports, "ada").failures.subject == text(user));
    CHECK(match(ports, "ada").failures.count == 0);
    CHECK(match(ports, "ada").failures.wait_ms == 0);
    // new_session() was opened at 203.0.113.0/24.
    CHECK(match(ports, "ada", "203.0.113.0/24").failures.subject == text(user + "@203.0.113.0/24"));
    CHECK(match(ports, "ada", "198.51.100.0/24").failures.subject == text(user));
    CHECK_FALSE(match(ports, "bob").account);
    CHECK(match(ports, "bob", "203.0.113.0/24").failures.subject == text("name:nobody"));
    REQUIRE(ports.failures->count(failure_of("name:nobody")));
    REQUIRE(ports.failures->count(failure_of(user)));
    REQUIRE(ports.failures->count(failure_of(user)));
    CHECK(match(ports, "bob").failures.count == 1);
    CHECK(match(ports, "ada").failures.count == 2);
    CHECK(match(ports, "ada", "203.0.113.0/24").failures.count == 0);
}

TEST_CASE_TEMPLATE("a network counts as known while a session from there lives", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada");
    const NewSession session = new_session({.idle_s = 1000, .absolute_s = 1500, .grace_s = 30});
    REQUIRE(create(*ports.sessions, ada, session));
    const std::string user = "user:" + ada.id.str();
    CHECK(ports.failures->read(ada.id, session.id).value()->subject ==
          text(user + "@203.0.113.0/24"));
    CHECK_FALSE(ports.failures->read(ada.id, *SessionId::parse(new_id().str())).value());
    CHECK_FALSE(ports.failures->read(new_id(), session.id).value());
    database.age_session(session.id, 1001);
    CHECK(match(ports, "ada", "203.0.113.0/24").failures.subject == text(user));
}

TEST_CASE_TEMPLATE("from the fifth failure on there is a wait, which doubles up to the longest",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const auto wait_after = [&](int failures) {
        for (int i = 0; i < failures; ++i) {
            const auto counted = ports.failures->count(failure_of("name:nobody")).value();
            CHECK(counted.count == i + 1);
            if (i + 1 < failures) {
                database.age_failures(kFailureWaitMaxS);
            }
        }
        const std::int64_t wait_ms = match(ports, "bob").failures.wait_ms;
        REQUIRE(ports.failures->forget(text("name:nobody")));
        return wait_ms;
    };
    CHECK(wait_after(kFreeFailures) == 0);
    for (const auto& [failures, seconds] : std::vector<std::pair<int, int>>{
             {5, 1}, {6, 2}, {8, 8}, {14, 512}, {15, 900}, {99, 900}}) {
        CAPTURE(failures);
        const std::int64_t wait_ms = wait_after(failures);
        CHECK(wait_ms <= seconds * 1000);
        CHECK(wait_ms > seconds * 1000 - 1000);
    }
}

TEST_CASE_TEMPLATE(
    "a try is reserved where there are failures, but not in a wait or after the most", Database,
    FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const Text subject = text("name:nobody");
    const auto reserve = [&](std::int64_t most = kMax) {
        return ports.failures->reserve(subject, most).value();
    };
    CHECK_FALSE(reserve());
    REQUIRE(ports.failures->count(failure_of("name:nobody")));
    for (int count = 2; count <= kFreeFailures + 1; ++count) {
        CHECK_FALSE(match(ports, "bob").failures.trying);
        CHECK(reserve());
        CHECK(match(ports, "bob").failures.count == count);
        CHECK(match(ports, "bob").failures.trying);
        CHECK(ports.failures->count(failure_of("name:nobody", true)).value().count == count);
    }
    CHECK_FALSE(reserve());
    database.age_failures(1);
    CHECK_FALSE(reserve(kFreeFailures + 1));
    CHECK(reserve());
    CHECK(match(ports, "bob").failures.wait_ms > 1000);
    // A failure of a try that began when there was none yet counts during a wait as well.
    CHECK(ports.failures->count(failure_of("name:nobody")).value().count == kFreeFailures + 3);
}

TEST_CASE_TEMPLATE("a try of which nothing is heard is not waited for", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(ports.failures->count(failure_of("name:nobody")));
    REQUIRE(ports.failures->reserve(text("name:nobody"), kMax).value());
    CHECK(match(ports, "bob").failures.trying);
    database.age_failures(kTryOutcomeMaxS);
    CHECK_FALSE(match(ports, "bob").failures.trying);
    REQUIRE(ports.failures->reserve(text("name:nobody"), kMax).value());
    REQUIRE(ports.failures->count(failure_of("name:nobody", true)));
    CHECK_FALSE(match(ports, "bob").failures.trying);
}

TEST_CASE_TEMPLATE("a wrong password that a right one forgot before its outcome counts anew",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(ports.failures->count(failure_of("name:nobody")));
    REQUIRE(ports.failures->reserve(text("name:nobody"), kMax).value());
    REQUIRE(ports.failures->forget(text("name:nobody")));
    CHECK(ports.failures->count(failure_of("name:nobody", true)).value().count == 1);
}

TEST_CASE_TEMPLATE("a wait that is longer than any, of a clock that was ahead, is over", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    for (int i = 0; i < 6; ++i) {
        REQUIRE(ports.failures->count(failure_of("name:nobody")));
    }
    database.age_failures(-86400);
    CHECK(match(ports, "bob").failures.wait_ms == 0);
    CHECK(ports.failures->reserve(text("name:nobody"), kMax).value());
}

TEST_CASE_TEMPLATE("of many tries at once no more are taken than one after the other", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    REQUIRE(database.ports().failures->count(failure_of("name:nobody")));
    std::atomic<int> taken{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const Ports ports = database.ports();
            for (int j = 0; j < 4; ++j) {
                taken += ports.failures->reserve(text("name:nobody"), kMax).value() ? 1 : 0;
            }
        });
    }
    threads.clear();
    CHECK(taken == kFreeFailures);
}

TEST_CASE_TEMPLATE("a try that is given back does not count", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    for (int i = 0; i < kFreeFailures; ++i) {
        REQUIRE(ports.failures->count(failure_of("name:nobody")));
    }
    REQUIRE(ports.failures->reserve(text("name:nobody"), kMax).value());
    CHECK(match(ports, "bob").failures.wait_ms > 0);
    REQUIRE(ports.failures->give_back(text("name:nobody")));
    CHECK_FALSE(match(ports, "bob").failures.trying);
    CHECK(match(ports, "bob").failures.count == 4);
    CHECK(match(ports, "bob").failures.wait_ms == 0);
    REQUIRE(ports.failures->give_back(text("name:other")));
}

TEST_CASE_TEMPLATE("the audit says once an hour that somebody is guessing", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const std::string id = new_id().str();
    const std::string subject = "user:" + id + "@2001:db8::/48";
    int alarms = 0;
    const auto guess = [&](int times) {
        for (int i = 0; i < times; ++i) {
            alarms += ports.failures->count(failure_of(subject)).value().alarming ? 1 : 0;
        }
    };
    guess(kAttackFailures - 1);
    CHECK(alarms == 0);
    guess(20);
    CHECK(alarms == 1);
    database.age_failures(kAlarmPauseS - 60);
    guess(3);
    CHECK(alarms == 1);
    database.age_failures(120);
    guess(3);
    CHECK(alarms == 2);
    CHECK(database.audited("login-throttled") == std::vector<std::string>{id, id});
}

TEST_CASE_TEMPLATE("the audit has each refusal, without a name that nobody has", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const std::string id = new_id().str();
    REQUIRE(ports.failures->count(failure_of("name:hash")));
    REQUIRE(ports.failures->count(failure_of("user:" + id + "@203.0.113.0/24")));
    CHECK(database.audited("login-refused") == std::vector<std::string>{"", id});
}

TEST_CASE("the audit row of an attack says how many and from where, for users only") {
    PgDatabase database;
    const Ports ports = database.ports();
    const std::string id = new_id().str();
    for (int i = 0; i < kAttackFailures; ++i) {
        REQUIRE(ports.failures->count(failure_of("name:hash")));
        REQUIRE(ports.failures->count(failure_of("user:" + id + "@203.0.113.0/24")));
    }
    const auto rows = run_sql(database.url(),
                              "select actor, subject, detail, network, request from signet.audit"
                              " where action = 'login-throttled'");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == std::vector<std::optional<std::string>>{"client", id,
                                                             "10 wrong passwords in a row",
                                                             "203.0.113.0/24", "request-1"});
}

TEST_CASE_TEMPLATE("unlocking, a new password and deletion forget the failures of one user",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada");
    const NewSession session = new_session();
    REQUIRE(create(*ports.sessions, ada, session));
    const std::string user = "user:" + ada.id.str();
    const std::string device = user + "@203.0.113.0/24";
    const std::string other = "user:" + new_id().str();
    const auto fail = [&] {
        for (const std::string& subject : {user, device, other}) {
            REQUIRE(ports.failures->count(failure_of(subject)));
        }
    };
    const auto failures = [&] {
        return match(ports, "ada").failures.count +
               match(ports, "ada", "203.0.113.0/24").failures.count;
    };
    fail();
    CHECK(failures() == 2);
    CHECK(ports.admin->unlock(ada.id).value());
    CHECK(failures() == 0);
    CHECK_FALSE(ports.admin->unlock(ada.id).value());
    CHECK(database.audited("user-unlocked").size() == 2);

    fail();
    const PasswordChange change{ada.password_hash, text("$argon2id$second")};
    REQUIRE(change_password(*ports.sessions, ada.id, change, session.id).value());
    CHECK(failures() == 0);

    fail();
    REQUIRE(ports.admin->set_password(ada.id, text("$argon2id$third")));
    CHECK(match(ports, "ada").failures.count == 0);

    fail();
    REQUIRE(ports.admin->remove(ada.id));
    CHECK(ports.failures->count(failure_of(user)).value().count == 1);
    CHECK(ports.failures->count(failure_of(other)).value().count == 5);
}

TEST_CASE_TEMPLATE("failures of long ago are swept", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    REQUIRE(ports.failures->count(failure_of("name:nobody")));
    REQUIRE(ports.failures->count(failure_of("user:" + new_id().str())));
    CHECK(ports.failures->sweep(10).value() == 0);
    database.age_failures(kFailuresKeptS + 10);
    REQUIRE(ports.failures->count(failure_of("name:new")));
    CHECK(ports.failures->sweep(1).value() == 1);
    CHECK(ports.failures->sweep(10).value() == 1);
    CHECK(ports.failures->sweep(10).value() == 0);
}

TEST_CASE("of the names that nobody has only the last ones are remembered") {
    PgDatabase database;
    const Ports ports = database.ports();
    run_sql(database.url(),
            "insert into signet.password_failure (subject, failures, wait_until, last_at)"
            " select 'name:' || n, 1, now(), now() - n * interval '1 second'"
            " from generate_series(1, 100007) n;"
            " insert into signet.password_failure values"
            " ('user:old', 1, now(), now() - interval '2 days')");
    CHECK(ports.failures->sweep(5).value() == 5);
    CHECK(ports.failures->sweep(5).value() == 2);
    CHECK(ports.failures->sweep(5).value() == 0);
    const auto left = run_sql(database.url(),
                              "select count(*), max(split_part(subject, ':', 2)::int) from"
                              " signet.password_failure where subject like 'name:%'");
    CHECK(left[0][0] == std::to_string(kNamesWithFailuresMax));
    CHECK(left[0][1] == std::to_string(kNamesWithFailuresMax));
    CHECK(run_sql(database.url(), "select from signet.password_failure where subject = 'user:old'")
              .size() == 1);
}

}  // namespace
}  // namespace signet::test
