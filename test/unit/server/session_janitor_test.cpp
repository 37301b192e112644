#include "server/session_janitor.hpp"

#include "cli/keys.hpp"
#include "cli/user.hpp"
#include "keys/sealing.hpp"
#include "support/admin_fixture.hpp"
#include "support/fake_tickets.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace signet::cli;
using namespace signet::server;
using namespace signet;
using signet::test::AdminFixture;
using signet::test::FakeOutbox;
using signet::test::text;

namespace {

const UserId kUser = UserId::parse("0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001").value();

SessionId nth(int number) {
    std::string id = std::to_string(100'000'000'000 + number);
    return SessionId::parse("00000000-0000-4000-8000-" + id).value();
}

void add_user(AdminFixture& fixture) {
    fixture.tables->users.push_back({kUser.str(), "ada", {}, {}, true, {}, 0, {}});
}

void add(AdminFixture& fixture, int number, std::int64_t idle_until_ms,
         std::string sealed = "v1.x.y") {
    fixture.tables->sessions.push_back({nth(number),
                                        kUser,
                                        std::move(sealed),
                                        {"curl\x1b/8", "203.0.113.0/24"},
                                        0,
                                        0,
                                        {0, 0, idle_until_ms, idle_until_ms, false}});
}

constexpr std::int64_t kNever = std::int64_t{1} << 52;

keys::SealedSessionKeys sealed_by(std::vector<std::string> keks) {
    return keys::SealedSessionKeys(*keys::Sealer::make(std::move(keks)));
}

}  // namespace

TEST_CASE("user show lists sessions, fit for a terminal and as JSON") {
    AdminFixture fixture;
    add_user(fixture);
    CHECK(user_show(fixture.command(), "ada") == signet::kExitOk);
    CHECK(fixture.take_out().find("no sessions") != std::string::npos);
    add(fixture, 1, kNever);
    CHECK(user_show(fixture.command(), "ada") == signet::kExitOk);
    const std::string shown = fixture.take_out();
    CHECK(shown.find(nth(1).str()) != std::string::npos);
    CHECK(shown.find("203.0.113.0/24") != std::string::npos);
    CHECK(shown.find('\x1b') == std::string::npos);
    CHECK(user_show(fixture.command(true), "ada") == signet::kExitOk);
    CHECK(fixture.take_out().find(R"("sessions":[{"id":")" + nth(1).str()) != std::string::npos);
}

TEST_CASE("user logout ends all sessions of a user, and says how many there were") {
    AdminFixture fixture;
    add_user(fixture);
    add(fixture, 1, kNever);
    add(fixture, 2, kNever);
    CHECK(user_logout(fixture.command(), "ada") == signet::kExitOk);
    CHECK(fixture.take_out() == "ended 2 sessions of ada (" + kUser.str() + ")\n");
    CHECK(fixture.tables->sessions.empty());
    CHECK(user_logout(fixture.command(), "ada") == signet::kExitOk);
    CHECK(user_logout(fixture.command(), "bob") == signet::kExitFailed);
}

TEST_CASE("a round of sweeping takes steps of its size until nothing is due") {
    AdminFixture fixture;
    add_user(fixture);
    for (int i = 0; i < 7; ++i) {
        add(fixture, i, 0);
    }
    add(fixture, 8, kNever);
    CHECK(sweep_sessions(fixture.sessions, 3).value() == 7);
    CHECK(fixture.tables->sessions.size() == 1);
}

TEST_CASE("a round of sweeping is bounded") {
    AdminFixture fixture;
    add_user(fixture);
    for (int i = 0; i < 3 * kSweepStepsMax; ++i) {
        add(fixture, i, 0);
    }
    CHECK(sweep_sessions(fixture.sessions, 2).value() == 2 * kSweepStepsMax);
    fixture.tables->outage = Errc::store_unavailable;
    CHECK(sweep_sessions(fixture.sessions, 2).error().errc == Errc::store_unavailable);
}

TEST_CASE("a round removes old rows of the audit, and leaves what it has no time for") {
    AdminFixture fixture;
    fixture.tables->audit.resize(kPruneBatch * kPruneStepsMax + 3);  // from the year 1970
    CHECK(prune_audit(fixture.store, kAuditKeepMinS).value() == kPruneBatch * kPruneStepsMax);
    fixture.tables->note("role-created", "editor");
    CHECK(prune_audit(fixture.store, kAuditKeepMinS).value() == 3);
    CHECK(fixture.tables->audit.size() == 1);
    fixture.tables->outage = Errc::store_unavailable;
    CHECK(prune_audit(fixture.store, kAuditKeepMinS).error().errc == Errc::store_unavailable);
}

TEST_CASE("a round removes expired tickets, counts of mails and what was given up long ago") {
    AdminFixture fixture;
    add_user(fixture);
    FakeOutbox outbox(fixture.tables);
    const NewTicket ticket{kUser, TicketPurpose::reset_password, text("ada@example.org")};
    const NewOutboxRow row{*Uuid::parse(kUser.str()),
                           OutboxKind::mail,
                           text("reset-password"),
                           {},
                           {},
                           text("v1.x.y")};
    fixture.tables->tickets.assign(kMailSweepBatch + 1, {ticket, 0, 0});
    fixture.tables->mails_sent.assign(kMailSweepBatch * kMailSweepStepsMax + 3,
                                      {"ada@example.org", kUser, 0});
    fixture.tables->outbox.assign(2, {row, 0, 0, 1, 0, "550"});
    CHECK(sweep_mail(outbox).value() ==
          kMailSweepBatch + 1 + kMailSweepBatch * kMailSweepStepsMax + 2);
    CHECK(fixture.tables->mails_sent.size() == 3);
    fixture.tables->tickets.push_back({ticket, 0, kNever});
    CHECK(sweep_mail(outbox).value() == 3);
    CHECK(sweep_mail(outbox).value() == 0);
    CHECK(fixture.tables->tickets.size() == 1);
    fixture.tables->outage = Errc::store_unavailable;
    CHECK(sweep_mail(outbox).error().errc == Errc::store_unavailable);
}

TEST_CASE("rewrap seals the keys of sessions under the first key, once it is told to") {
    AdminFixture fixture;
    add_user(fixture);
    const std::string old(keys::kKekBytes, 'o');
    const std::string fresh(keys::kKekBytes, 'n');
    const std::string key(kSessionKeyBytes, 's');
    const auto count = static_cast<int>(kRewrapBatch) + 3;
    for (int i = 0; i < count; ++i) {
        add(fixture, i, kNever, sealed_by({old}).seal(key, nth(i)).value().str());
    }
    const auto both = sealed_by({fresh, old});
    CHECK(sessions_rewrap(fixture.sessions, both, false, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out().find("Would seal the keys of " + std::to_string(count)) !=
          std::string::npos);
    CHECK(sessions_rewrap(fixture.sessions, both, true, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out().find("Sealed the keys of " + std::to_string(count)) !=
          std::string::npos);
    for (int i = 0; i < count; ++i) {
        const auto& row = fixture.tables->sessions.at(static_cast<std::size_t>(i));
        REQUIRE(sealed_by({fresh}).open(row.sealed_key, row.id).value() == key);
    }
    CHECK(sessions_rewrap(fixture.sessions, both, true, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out().empty());
}

TEST_CASE("rewrap counts the sessions that no key opens, and fails") {
    AdminFixture fixture;
    add_user(fixture);
    add(fixture, 1, kNever, "v1.gone.AAAA");
    const auto keys = sealed_by({std::string(keys::kKekBytes, 'n')});
    CHECK(sessions_rewrap(fixture.sessions, keys, true, fixture.io) == signet::kExitFailed);
    CHECK(fixture.err.str().find("1 session(s) cannot be read") != std::string::npos);
    CHECK(fixture.tables->sessions.at(0).sealed_key == "v1.gone.AAAA");
}

TEST_CASE("rewrap seals what waits in the outbox, and fails for what no key opens") {
    AdminFixture fixture;
    FakeOutbox outbox(fixture.tables);
    const std::string old(keys::kKekBytes, 'o');
    const std::string fresh(keys::kKekBytes, 'n');
    const MessageValues values{{"address", "ada@example.org"}, {"ticket", "t"}};
    const auto count = static_cast<int>(kRewrapBatch) + 3;
    for (int i = 0; i < count; ++i) {
        const Uuid id = Uuid::parse(nth(i).str()).value();
        REQUIRE(outbox.put({id,
                            OutboxKind::mail,
                            text("reset-password"),
                            {},
                            {},
                            sealed_by({old}).seal_message(values, id).value()}));
    }
    const auto both = sealed_by({fresh, old});
    CHECK(outbox_rewrap(outbox, both, false, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out().find("Would seal " + std::to_string(count)) != std::string::npos);
    CHECK(outbox_rewrap(outbox, both, true, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out().find("Sealed " + std::to_string(count)) != std::string::npos);
    for (const auto& state : fixture.tables->outbox) {
        REQUIRE(sealed_by({fresh}).open_message(state.row.body.str(), state.row.id).value() ==
                values);
    }
    CHECK(outbox_rewrap(outbox, both, true, fixture.io) == signet::kExitOk);
    CHECK(fixture.take_out().empty());
    // One that waits cannot be opened; one that was given up for that is no news.
    fixture.tables->outbox.erase(fixture.tables->outbox.begin() + 2, fixture.tables->outbox.end());
    fixture.tables->outbox.back().failed_at_ms = 0;
    const auto other = sealed_by({std::string(keys::kKekBytes, 'x')});
    CHECK(outbox_rewrap(outbox, other, true, fixture.io) == signet::kExitFailed);
    CHECK(fixture.err.str().find("1 row(s) of the outbox cannot be read") != std::string::npos);
}
