#include "contract/databases.hpp"
#include "support/printing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Checks what every session store promises to a sign-in and to a user who manages sessions.
namespace signet::test {
namespace {

constexpr SessionPolicy kPolicy{.idle_s = 1000, .absolute_s = 5000, .grace_s = 30};

// A user who has signed up and has a first session.
struct SignedUp {
    NewAccount account = new_account("ada");
    NewSession session = new_session(kPolicy);
    explicit SignedUp(const Ports& ports) {
        REQUIRE(create(*ports.sessions, account, session).has_value());
    }
    VerifiedLogin login() const { return {account.id, account.password_hash, {}}; }
};

std::set<std::string> ids(const Ports& ports, const UserId& user) {
    std::set<std::string> out;
    for (const SessionInfo& info : ports.sessions->list(user).value()) {
        out.insert(info.id.str());
    }
    return out;
}

TEST_CASE_TEMPLATE("a signup opens a session in its transaction", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const auto found = *ports.sessions->find(ada.session.id);
    REQUIRE(found.has_value());
    CHECK(found->account.id == ada.account.id);
    CHECK(found->account.roles == std::vector<std::string>{"user"});
    CHECK(found->sealed_key == ada.session.sealed_key.str());
    CHECK(found->state.generation == 0);
    CHECK(found->state.user_active);
    CHECK(found->state.rotated_at_ms <= found->now_ms);
    CHECK(found->state.idle_until_ms == found->state.rotated_at_ms + 1000 * 1000);
    CHECK(found->state.absolute_until_ms == found->state.rotated_at_ms + 5000 * 1000);
}

TEST_CASE_TEMPLATE("a signup that is refused opens no session", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewSession second = new_session(kPolicy);
    CHECK(create(*ports.sessions, new_account("ADA"), second).error().errc == Errc::username_taken);
    CHECK_FALSE(ports.sessions->find(second.id)->has_value());
}

TEST_CASE_TEMPLATE("a login is recorded and opens a session", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewSession second = new_session(kPolicy);
    REQUIRE(open(*ports.sessions, second, ada.login()).value());
    const auto account = **ports.accounts->find(ada.account.id);
    CHECK(account.last_login_at_s.value_or(0) > 1'700'000'000);
    CHECK(account.password_hash == ada.account.password_hash.str());
    CHECK(ids(ports, ada.account.id) == std::set{ada.session.id.str(), second.id.str()});
}

TEST_CASE_TEMPLATE("a login replaces the hash that it verified", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    VerifiedLogin login = ada.login();
    login.new_hash = text("$argon2id$second");
    REQUIRE(open(*ports.sessions, new_session(kPolicy), login).value());
    CHECK((**ports.accounts->find(ada.account.id)).password_hash == "$argon2id$second");
    CHECK_FALSE(open(*ports.sessions, new_session(kPolicy), ada.login()).value());
}

TEST_CASE_TEMPLATE("a user whose password changed after it was verified is not signed in", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.admin->set_password(ada.account.id, text("$argon2id$changed")).has_value());
    VerifiedLogin login = ada.login();
    login.new_hash = text("$argon2id$second");
    CHECK_FALSE(open(*ports.sessions, new_session(kPolicy), login).value());
    const auto account = **ports.accounts->find(ada.account.id);
    CHECK(account.password_hash == "$argon2id$changed");
    CHECK_FALSE(account.last_login_at_s.has_value());
}

TEST_CASE_TEMPLATE("a user who is inactive or gone is not signed in", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.admin->set_active(ada.account.id, false).has_value());
    CHECK_FALSE(open(*ports.sessions, new_session(kPolicy), ada.login()).value());
    const NewSession stray = new_session(kPolicy);
    CHECK_FALSE(open(*ports.sessions, stray, {new_id(), ada.account.password_hash, {}}).value());
    CHECK_FALSE(ports.sessions->find(stray.id)->has_value());
}

Result<bool> change_account(const Ports& ports, const SignedUp& who, const AccountChange& change) {
    const auto transaction = ports.sessions->begin({}).value();
    Result<bool> changed = transaction->change_account(who.account.id, change, who.session.id);
    if (changed && *changed) {
        REQUIRE(transaction->commit().has_value());
    }
    return changed;
}

Result<bool> delete_account(const Ports& ports, const SignedUp& who, const Text& hash) {
    const auto transaction = ports.sessions->begin({}).value();
    Result<bool> deleted = transaction->delete_account(who.account.id, hash, who.session.id);
    if (deleted && *deleted) {
        REQUIRE(transaction->commit().has_value());
    }
    return deleted;
}

std::optional<Account> caller(const Ports& ports, const SignedUp& who) {
    return ports.sessions->find_caller(who.account.id, who.session.id).value();
}

TEST_CASE_TEMPLATE("a user changes the name and the metadata, each without the other", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    CHECK(caller(ports, ada)->metadata == "{}");
    REQUIRE(change_account(ports, ada, {text("Ada"), std::nullopt}).value());
    CHECK(caller(ports, ada)->username == "Ada");
    REQUIRE(change_account(ports, ada, {std::nullopt, text(R"({"a": 1})")}).value());
    CHECK(caller(ports, ada)->username == "Ada");
    CHECK(caller(ports, ada)->metadata == R"({"a": 1})");
}

TEST_CASE_TEMPLATE("nobody takes the name of another, whatever its case", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(create(*ports.sessions, new_account("bob"), new_session(kPolicy)).has_value());
    CHECK(change_account(ports, ada, {text("BOB"), std::nullopt}).error().errc ==
          Errc::username_taken);
    CHECK(caller(ports, ada)->username == "ada");
}

TEST_CASE_TEMPLATE("who deletes the account leaves no row, and the name is free", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    CHECK_FALSE(delete_account(ports, ada, text("$argon2id$other")).value());
    CHECK(caller(ports, ada).has_value());
    REQUIRE(delete_account(ports, ada, ada.account.password_hash).value());
    CHECK_FALSE(ports.accounts->find(ada.account.id)->has_value());
    CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
    CHECK(create(*ports.sessions, new_account("ada"), new_session(kPolicy)).has_value());
}

TEST_CASE_TEMPLATE("a session that has ended changes and deletes no account", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(ports.sessions->end(ada.account.id, ada.session.id, {"logout"}).value());
    CHECK_FALSE(change_account(ports, ada, {text("other"), std::nullopt}).value());
    CHECK_FALSE(delete_account(ports, ada, ada.account.password_hash).value());
    CHECK((**ports.accounts->find(ada.account.id)).username == "ada");
}

TEST_CASE_TEMPLATE("the metadata of a signup is kept", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    NewAccount account = new_account("ada");
    account.metadata = text(R"({"locale": "de"})");
    const NewSession session = new_session(kPolicy);
    REQUIRE(create(*ports.sessions, account, session).has_value());
    CHECK(ports.sessions->find_caller(account.id, session.id).value()->metadata ==
          R"({"locale": "de"})");
}

TEST_CASE_TEMPLATE("eight logins at once all open their session", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const SignedUp ada(database.ports());
    std::atomic<int> opened{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                const auto done =
                    open(*database.ports().sessions, new_session(kPolicy), ada.login());
                opened += done.has_value() && *done ? 1 : 0;
            });
        }
    }
    CHECK(opened == 8);
    CHECK(ids(database.ports(), ada.account.id).size() == 9);
}

TEST_CASE_TEMPLATE("the sessions of a user are limited, and the least recently used one ends first",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    SessionPolicy policy = kPolicy;
    policy.per_user_max = 3;
    const NewSession second = new_session(policy);
    const NewSession third = new_session(policy);
    const NewSession fourth = new_session(policy);
    REQUIRE(open(*ports.sessions, second, ada.login()).value());
    REQUIRE(open(*ports.sessions, third, ada.login()).value());
    database.age_session(ada.session.id, 10);
    database.age_session(second.id, 20);
    REQUIRE(open(*ports.sessions, fourth, ada.login()).value());
    CHECK(ids(ports, ada.account.id) ==
          std::set{ada.session.id.str(), third.id.str(), fourth.id.str()});
}

TEST_CASE_TEMPLATE("a caller is the user of the session while that is live", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewAccount bob = new_account("bob");
    REQUIRE(create(*ports.sessions, bob).has_value());
    const auto caller = *ports.sessions->find_caller(ada.account.id, ada.session.id);
    REQUIRE(caller.has_value());
    CHECK(caller->username == "ada");
    CHECK(caller->roles == std::vector<std::string>{"user"});
    CHECK_FALSE(ports.sessions->find_caller(bob.id, ada.session.id)->has_value());
    CHECK(ports.sessions->find_caller(bob.id, std::nullopt).value()->id == bob.id);
    CHECK_FALSE(ports.sessions->find_caller(ada.account.id, new_session(kPolicy).id)->has_value());
    database.age_session(ada.session.id, 1001);
    CHECK_FALSE(ports.sessions->find_caller(ada.account.id, ada.session.id)->has_value());
}

TEST_CASE_TEMPLATE("the list shows live sessions, the most recently used first", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewSession second = new_session(kPolicy);
    const NewSession expired = new_session(kPolicy);
    REQUIRE(open(*ports.sessions, second, ada.login()).value());
    REQUIRE(open(*ports.sessions, expired, ada.login()).value());
    database.age_session(ada.session.id, 60);
    database.age_session(expired.id, 2000);
    const auto listed = ports.sessions->list(ada.account.id).value();
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].id == second.id);
    CHECK(listed[0].client.device == "Firefox on Linux");
    CHECK(listed[0].client.address == "203.0.113.0/24");
    CHECK(listed[0].created_at_s > 1'700'000'000);
    CHECK(listed[0].last_used_at_s >= listed[1].last_used_at_s + 59);
    CHECK(listed[0].expires_at_s >= listed[0].last_used_at_s + 999);
    CHECK(listed[1].id == ada.session.id);
}

TEST_CASE_TEMPLATE("a user can end only their own sessions", Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewAccount bob = new_account("bob");
    REQUIRE(create(*ports.sessions, bob).has_value());
    CHECK_FALSE(ports.sessions->end(bob.id, ada.session.id, {"logout"}).value());
    CHECK(ids(ports, ada.account.id).size() == 1);
    CHECK(ports.sessions->end(ada.account.id, ada.session.id, {"logout"}).value());
    CHECK_FALSE(ports.sessions->end(ada.account.id, ada.session.id, {"logout"}).value());
    CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
}

TEST_CASE_TEMPLATE("all sessions of a user end at once, or all but one", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewAccount bob = new_account("bob");
    REQUIRE(create(*ports.sessions, bob, new_session(kPolicy)).has_value());
    const NewSession kept = new_session(kPolicy);
    REQUIRE(open(*ports.sessions, kept, ada.login()).value());
    REQUIRE(open(*ports.sessions, new_session(kPolicy), ada.login()).value());
    CHECK(ports.sessions->end_all(ada.account.id, kept.id, {"logout-everywhere"}).value() == 2);
    CHECK(ids(ports, ada.account.id) == std::set{kept.id.str()});
    CHECK(ports.sessions->end_all(ada.account.id, std::nullopt, {"logout-everywhere"}).value() ==
          1);
    CHECK(ids(ports, ada.account.id).empty());
    CHECK(ids(ports, bob.id).size() == 1);
}

TEST_CASE_TEMPLATE("a changed password ends all sessions but the one it was changed from", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    const NewSession other = new_session(kPolicy);
    REQUIRE(open(*ports.sessions, other, ada.login()).value());
    const PasswordChange wrong{text("$argon2id$other"), text("$argon2id$new")};
    CHECK_FALSE(change_password(*ports.sessions, ada.account.id, wrong, ada.session.id).value());
    CHECK(ids(ports, ada.account.id).size() == 2);
    const PasswordChange change{ada.account.password_hash, text("$argon2id$new")};
    CHECK(change_password(*ports.sessions, ada.account.id, change, ada.session.id).value());
    CHECK(ids(ports, ada.account.id) == std::set{ada.session.id.str()});
    CHECK((**ports.accounts->find(ada.account.id)).password_hash == "$argon2id$new");
}

TEST_CASE_TEMPLATE("changes of an account by an operator end its sessions", Database, FakeDatabase,
                   PgDatabase) {
    for (const std::string change : {"disable", "set-password", "delete"}) {
        CAPTURE(change);
        Database database;
        const Ports ports = database.ports();
        const SignedUp ada(ports);
        const UserId& id = ada.account.id;
        const auto done = change == "disable"        ? ports.admin->set_active(id, false)
                          : change == "set-password" ? ports.admin->set_password(id, text("$x"))
                                                     : ports.admin->remove(id);
        REQUIRE(done.has_value());
        CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
        if (change == "disable") {
            REQUIRE(ports.admin->set_active(id, true).has_value());
            CHECK_FALSE(ports.sessions->find(ada.session.id)->has_value());
        }
    }
}

TEST_CASE_TEMPLATE("a sweep removes expired sessions, in small steps", Database, FakeDatabase,
                   PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    std::vector<NewSession> expired;
    for (int i = 0; i < 5; ++i) {
        expired.push_back(new_session(kPolicy));
        REQUIRE(open(*ports.sessions, expired.back(), ada.login()).value());
        database.age_session(expired.back().id, 2000);
    }
    std::size_t removed = 0;
    for (int i = 0; i < 3; ++i) {
        const auto swept = ports.maintenance->sweep(2);
        REQUIRE(swept.has_value());
        CHECK(swept->removed <= 2);
        removed += swept->removed;
    }
    CHECK(removed == 5);
    CHECK(ports.maintenance->sweep(2)->looked_at == 0);
    CHECK(ports.sessions->find(ada.session.id)->has_value());
    CHECK_FALSE(ports.sessions->find(expired[0].id)->has_value());
}

TEST_CASE_TEMPLATE("a sealed key is replaced if it still is the expected one", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const SignedUp ada(ports);
    REQUIRE(open(*ports.sessions, new_session(kPolicy), ada.login()).value());
    const auto first = ports.maintenance->list_sealed(std::nullopt, 1).value();
    REQUIRE(first.size() == 1);
    const auto second = ports.maintenance->list_sealed(first[0].id, 10).value();
    REQUIRE(second.size() == 1);
    CHECK(second[0].id != first[0].id);
    CHECK(ports.maintenance->reseal(first[0], text("v1.new.key")).value());
    CHECK_FALSE(ports.maintenance->reseal(first[0], text("v1.other.key")).value());
    CHECK((*ports.sessions->find(first[0].id))->sealed_key == "v1.new.key");
}

}  // namespace
}  // namespace signet::test
