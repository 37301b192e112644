#include "contract/databases.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Checks that stores carry out the cases (a) to (e) of RefreshCase.
namespace signet::test {
namespace {

constexpr SessionPolicy kPolicy{.idle_s = 1000, .absolute_s = 1500, .grace_s = 30};

struct SignedUp {
    NewAccount account = new_account("ada");
    NewSession session = new_session(kPolicy);
    explicit SignedUp(const Ports& ports) {
        REQUIRE(create(*ports.sessions, account, session).has_value());
    }
};

RefreshDecision settled(const Ports& ports, const SessionId& id, std::uint32_t presented) {
    const auto done = settle(*ports.sessions, id, presented, kPolicy);
    REQUIRE(done.has_value());
    const RefreshCase which = done->decision.which;
    const bool over = which == RefreshCase::refuse || which == RefreshCase::reuse;
    CHECK((over || done->session.has_value()));
    return done->decision;
}

std::uint32_t generation(const Ports& ports, const SessionId& id) {
    return (*ports.sessions->find(id))->state.generation;
}

TEST_CASE_TEMPLATE("the current token rotates, with the roles of that moment", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    database.insert_role("editor");
    database.insert_user_role(ada.account.id.str(), "editor");
    const auto rotated = *ports.sessions->rotate(ada.session.id, 0, kPolicy);
    REQUIRE(rotated.has_value());
    CHECK(rotated->id == ada.account.id);
    CHECK(rotated->roles.size() == 2);
    CHECK(generation(ports, ada.session.id) == 1);
    CHECK(settled(ports, ada.session.id, 1) == RefreshDecision{RefreshCase::rotate, 2});
    CHECK(generation(ports, ada.session.id) == 2);
}

TEST_CASE_TEMPLATE("one step takes the current generation of a live session only", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.sessions->rotate(ada.session.id, 0, kPolicy)->has_value());
    CHECK_FALSE(ports.sessions->rotate(ada.session.id, 0, kPolicy)->has_value());
    CHECK_FALSE(ports.sessions->rotate(ada.session.id, 2, kPolicy)->has_value());
    CHECK_FALSE(ports.sessions->rotate(new_session(kPolicy).id, 0, kPolicy)->has_value());
    database.age_session(ada.session.id, 1001);
    CHECK_FALSE(ports.sessions->rotate(ada.session.id, 1, kPolicy)->has_value());
    CHECK(generation(ports, ada.session.id) == 1);
}

TEST_CASE_TEMPLATE("within the grace a used token replays its successor, any number of times",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.sessions->rotate(ada.session.id, 0, kPolicy)->has_value());
    for (int i = 0; i < 25; ++i) {
        CHECK(settled(ports, ada.session.id, 0) == RefreshDecision{RefreshCase::replay, 1});
    }
    CHECK(generation(ports, ada.session.id) == 1);
    CHECK(database.audited("session-reuse").empty());
}

TEST_CASE_TEMPLATE("after the grace a used token ends the session, with a row of the audit",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.sessions->rotate(ada.session.id, 0, kPolicy)->has_value());
    database.age_session(ada.session.id, 31);
    CHECK(settled(ports, ada.session.id, 0).which == RefreshCase::reuse);
    CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
    CHECK(settled(ports, ada.session.id, 1).which == RefreshCase::refuse);
    CHECK(database.audited("session-reuse") == std::vector<std::string>{ada.account.id.str()});
}

TEST_CASE_TEMPLATE("a token two generations old ends the session, grace or not", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.sessions->rotate(ada.session.id, 0, kPolicy)->has_value());
    REQUIRE(ports.sessions->rotate(ada.session.id, 1, kPolicy)->has_value());
    CHECK(settled(ports, ada.session.id, 0).which == RefreshCase::reuse);
    CHECK(database.audited("session-reuse").size() == 1);
}

TEST_CASE_TEMPLATE("a generation ahead is taken, and replays from then on", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    CHECK(settled(ports, ada.session.id, 7) == RefreshDecision{RefreshCase::ahead, 8});
    CHECK(generation(ports, ada.session.id) == 8);
    CHECK(settled(ports, ada.session.id, 7) == RefreshDecision{RefreshCase::replay, 8});
    CHECK(settled(ports, ada.session.id, 8) == RefreshDecision{RefreshCase::rotate, 9});
}

TEST_CASE_TEMPLATE(
    "a refresh is refused if the session is idle too long, too old or unknown, or its user "
    "inactive",
    Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    CHECK(settled(ports, new_session(kPolicy).id, 0).which == RefreshCase::refuse);
    database.age_session(ada.session.id, 999);
    CHECK(settled(ports, ada.session.id, 0).which == RefreshCase::rotate);
    // The refresh postponed the idle end, but not beyond the absolute end.
    database.age_session(ada.session.id, 502);
    CHECK(settled(ports, ada.session.id, 1).which == RefreshCase::refuse);

    const NewSession second = new_session(kPolicy);
    REQUIRE(open(*ports.sessions, second, {ada.account.id, ada.account.password_hash, std::nullopt})
                .value());
    database.age_session(second.id, 1000);
    CHECK(settled(ports, second.id, 0).which == RefreshCase::refuse);

    const NewSession third = new_session(kPolicy);
    REQUIRE(open(*ports.sessions, third, {ada.account.id, ada.account.password_hash, std::nullopt})
                .value());
    REQUIRE(ports.admin->set_active(ada.account.id, false).has_value());
    CHECK(settled(ports, third.id, 0).which == RefreshCase::refuse);
    CHECK(database.audited("session-reuse").empty());
}

TEST_CASE_TEMPLATE("of ten concurrent uses of one token one rotates and nine replay", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const SignedUp ada(database.ports());
    for (std::uint32_t round = 0; round < 5; ++round) {
        std::atomic<int> rotated{0};
        std::atomic<int> replayed{0};
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 10; ++i) {
                threads.emplace_back([&] {
                    const Ports ports = database.ports();
                    const auto quick = ports.sessions->rotate(ada.session.id, round, kPolicy);
                    if (quick && *quick) {
                        ++rotated;
                        return;
                    }
                    const auto done = settle(*ports.sessions, ada.session.id, round, kPolicy);
                    replayed +=
                        done && done->decision == RefreshDecision{RefreshCase::replay, round + 1}
                            ? 1
                            : 0;
                });
            }
        }
        CHECK(rotated == 1);
        CHECK(replayed == 9);
    }
}

TEST_CASE("a session is locked behind its user, so that the events of a user stay in order") {
    PgDatabase database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    std::atomic<bool> locked{false};
    std::jthread other;
    {
        const auto change = ports.sessions->begin({}).value();
        REQUIRE(change->tickets().lock_recipient(ada.account.id));
        other = std::jthread([&] {
            const Ports own = database.ports();
            locked = settle(*own.sessions, ada.session.id, 0, kPolicy).has_value();
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        CHECK_FALSE(locked);
    }
    other.join();
    CHECK(locked);
}

TEST_CASE_TEMPLATE("a store decides all cases of the table as the table says", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada");
    REQUIRE(create(*ports.sessions, ada).has_value());
    const VerifiedLogin login{ada.id, ada.password_hash, std::nullopt};
    for (const std::uint32_t current : {0U, 1U, 5U}) {
        for (const std::uint32_t presented : {0U, 1U, 2U, 4U, 5U, 6U, 9U}) {
            for (const std::int64_t age_s : {0, 29, 32, 998, 1001, 1501}) {
                const NewSession session = new_session(kPolicy);
                REQUIRE(open(*ports.sessions, session, login).value());
                for (std::uint32_t i = 0; i < current; ++i) {
                    REQUIRE(ports.sessions->rotate(session.id, i, kPolicy)->has_value());
                }
                database.age_session(session.id, age_s);
                const auto before = **ports.sessions->find(session.id);
                const RefreshDecision expected =
                    decide_refresh(before.state, presented, before.now_ms, kPolicy.grace_s);
                CAPTURE(current);
                CAPTURE(presented);
                CAPTURE(age_s);
                if (presented % 2 == 0) {
                    const auto quick = *ports.sessions->rotate(session.id, presented, kPolicy);
                    CHECK(quick.has_value() == (expected.which == RefreshCase::rotate));
                    if (quick) {
                        CHECK(ports.sessions->find(session.id).value()->state.generation ==
                              expected.generation);
                        continue;
                    }
                }
                CHECK(settled(ports, session.id, presented) == expected);
                const bool gone = expected.which == RefreshCase::reuse;
                CHECK(ports.sessions->find(session.id)->has_value() != gone);
            }
        }
    }
}

}  // namespace
}  // namespace signet::test
