#include "support/test_app.hpp"

#include <signet/service/account.hpp>
#include <signet/service/sign_in.hpp>
#include <signet/service/throttle.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace signet;
using signet::test::CountingHasher;
using signet::test::FakeSessions;
using signet::test::FakeStore;
using signet::test::TestApp;
using signet::test::text;

namespace {

constexpr auto kHome = "203.0.113.0/24";
constexpr auto kElsewhere = "198.51.100.0/24";

SignInPorts ports_of(TestApp& app) {
    return {app.store, app.store,  app.sessions, app.sealer,  app.hasher,
            app.judge, app.tokens, app.random,   app.throttle};
}

SignedIn alice(TestApp& app) {
    return signup({"alice", "alice@example.org", "good", {"laptop", kHome}}, ports_of(app),
                  app.policy, app.clock.now)
        .value();
}

// Tries a password from another network than that of the session of the signup.
Result<SignedIn> log_in(TestApp& app, std::string name, std::string password,
                        std::string network = kElsewhere) {
    const NameKind kind =
        name.find('@') == std::string::npos ? NameKind::username : NameKind::email;
    return login({kind, std::move(name), std::move(password), {"x", std::move(network)}},
                 ports_of(app), app.policy, app.clock.now);
}

Error guess(TestApp& app, const std::string& name, const std::string& network = kElsewhere) {
    return log_in(app, name, "bad", network).error();
}

void guess_often(TestApp& app, const std::string& name, int times) {
    for (int i = 0; i < times; ++i) {
        CHECK(guess(app, name).errc == Errc::invalid_credentials);
        if (i + 1 < times) {
            app.tables->ahead_ms += kFailureWaitMaxS * 1000;
        }
    }
}

Caller caller_of(TestApp& app, const SignedIn& signed_in) {
    return authenticate({Credentials::Kind::bearer, signed_in.token}, {app.sessions, app.tokens},
                        app.policy.roles, app.clock.now)
        .value();
}

PasswordPorts password_ports(TestApp& app) {
    return {app.sessions, app.store,  app.hasher, app.judge,
            app.throttle, app.sealer, app.random, app.policy.mail};
}

// Verifies like CountingHasher, and takes a while, as a real one does.
class SlowHasher final : public PasswordHasher {
public:
    explicit SlowHasher(std::atomic<int>& verifications) : verifications_(verifications) {}
    Result<Text> hash(std::string_view password) override { return inner_.hash(password); }
    Result<PasswordVerdict> verify(std::string_view password, std::string_view stored) override {
        ++verifications_;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return inner_.verify(password, stored);
    }
    Result<void> verify_nobody(std::string_view password) override {
        ++verifications_;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return inner_.verify_nobody(password);
    }
    std::chrono::milliseconds longest_verification() const override {
        return inner_.longest_verification();
    }

private:
    CountingHasher inner_;
    std::atomic<int>& verifications_;
};

// Replicas, of which each verifies one password of a name at a time, as http::Lane does.
struct Replicas {
    explicit Replicas(std::size_t count) : replicas(count) {}

    struct Replica {
        PasswordThrottle throttle{100};
        std::mutex one_at_a_time;
    };
    std::vector<Replica> replicas;
    std::atomic<int> verifications = 0;
    std::atomic<int> in = 0;
    std::atomic<int> wrong = 0;
    std::atomic<int> refused = 0;

    // Has `count` threads, each with stores and a hasher of its own, log in once at the same time.
    void log_in(TestApp& app, int count, const std::string& name, const std::string& password) {
        std::vector<std::jthread> threads;
        for (int i = 0; i < count; ++i) {
            threads.emplace_back([&, &replica = replicas[i % replicas.size()]] {
                FakeStore store(app.tables);
                FakeSessions sessions(app.tables);
                SlowHasher hasher(verifications);
                test::CountingRandom random;
                test::MemoryTokens tokens;
                const SignInPorts ports{store,     store,  sessions, app.sealer,      hasher,
                                        app.judge, tokens, random,   replica.throttle};
                const std::scoped_lock turn(replica.one_at_a_time);
                const auto outcome = login({NameKind::username, name, password, {"x", kElsewhere}},
                                           ports, app.policy, app.clock.now);
                if (outcome) {
                    ++in;
                } else if (outcome.error().errc == Errc::invalid_credentials) {
                    ++wrong;
                } else if (outcome.error().errc == Errc::too_many_attempts) {
                    ++refused;
                }
            });
        }
    }
};

}  // namespace

TEST_CASE("from the fifth wrong password on each try waits, and costs no hash before that") {
    TestApp app;
    alice(app);
    guess_often(app, "alice", 5);
    const int hashed = app.hasher.verifications;
    const Error refusal = log_in(app, "alice", "good").error();
    CHECK(refusal.errc == Errc::too_many_attempts);
    CHECK(refusal.retry_after_s == 1);
    CHECK(app.hasher.verifications == hashed);
    app.tables->ahead_ms += 1000;
    CHECK(guess(app, "alice").errc == Errc::invalid_credentials);
    CHECK(guess(app, "alice").retry_after_s == 2);
    app.tables->ahead_ms += 2000;
    CHECK(log_in(app, "alice", "good"));
}

TEST_CASE("the right password writes nothing if there was no wrong one, and forgets those") {
    TestApp app;
    alice(app);
    CHECK(log_in(app, "alice", "good"));
    CHECK(app.tables->failures.empty());
    guess_often(app, "alice", 3);
    CHECK(app.tables->failures.size() == 1);
    CHECK(log_in(app, "alice", "good"));
    CHECK(app.tables->failures.empty());
}

TEST_CASE("wrong passwords count together whichever name of the account was typed") {
    TestApp app;
    alice(app);
    for (const char* name :
         {"alice", "ALICE", " alice", "alice@example.org", "Alice@Example.org"}) {
        CHECK(guess(app, name).errc == Errc::invalid_credentials);
    }
    for (const char* name : {"alice", "alice@example.org"}) {
        CHECK(guess(app, name).errc == Errc::too_many_attempts);
    }
}

TEST_CASE("a name that nobody has is throttled like one that somebody has") {
    TestApp app;
    alice(app);
    for (int i = 0; i < 120; ++i) {
        CAPTURE(i);
        const Error known = guess(app, i % 2 == 0 ? "alice" : "ALICE");
        const Error unknown = guess(app, i % 2 == 0 ? "nobody" : " NoBody");
        CHECK(known.errc == unknown.errc);
        CHECK(known.retry_after_s == unknown.retry_after_s);
        CHECK(known.alarming == unknown.alarming);
        if (i % 3 != 0) {
            app.tables->ahead_ms += known.retry_after_s * 1000;
        }
    }
    CHECK(app.tables->failures.size() == 2);
}

TEST_CASE("an address that nobody has counts alike in either member, and is no username") {
    const test::PlainSealer sealer;
    const auto subject = [&](NameKind kind, std::string_view name) {
        return subject_of_name(kind, name, sealer);
    };
    CHECK(subject(NameKind::username, "No@body.org ") == subject(NameKind::email, "no@body.org"));
    CHECK(subject(NameKind::username, "nobody") != subject(NameKind::email, "nobody"));
    CHECK(subject(NameKind::username, "nobody").view().find("nobody") == std::string_view::npos);
}

TEST_CASE("an inactive account counts like a wrong password") {
    TestApp app;
    const SignedIn user = alice(app);
    app.tables->row_of(user.account.id)->active = false;
    for (int i = 0; i < 5; ++i) {
        CHECK(log_in(app, "alice", "good").error().errc == Errc::invalid_credentials);
    }
    CHECK(log_in(app, "alice", "good").error().errc == Errc::too_many_attempts);
}

TEST_CASE("guessing from elsewhere keeps nobody out who has a session, and the reverse") {
    TestApp app;
    alice(app);
    guess_often(app, "alice", 100);
    app.tables->ahead_ms += kFailureWaitMaxS * 1000;
    CHECK(log_in(app, "alice", "good").error().errc == Errc::too_many_attempts);
    CHECK(log_in(app, "alice", "good", kHome));
    // A right password at home does not begin the count of the others anew.
    CHECK(log_in(app, "alice", "good").error().errc == Errc::too_many_attempts);
    for (int i = 0; i < 5; ++i) {
        CHECK(guess(app, "alice", kHome).errc == Errc::invalid_credentials);
    }
    CHECK(log_in(app, "alice", "good", kHome).error().errc == Errc::too_many_attempts);
}

TEST_CASE("after AUTH_LOGIN_FAILURES_MAX no password is tried until an operator unlocks the user") {
    TestApp app;
    const SignedIn user = alice(app);
    guess_often(app, "alice", 100);
    app.tables->ahead_ms += std::int64_t{30} * 86400 * 1000;
    const Error refusal = log_in(app, "alice", "good").error();
    CHECK(refusal.errc == Errc::too_many_attempts);
    CHECK(refusal.retry_after_s == kFailureWaitMaxS);
    REQUIRE(app.store.unlock(user.account.id));
    CHECK(log_in(app, "alice", "good"));
}

TEST_CASE("a current password is guessed no more often than one at the login") {
    TestApp app;
    const SignedIn user = alice(app);
    const Caller caller = caller_of(app, user);
    const auto change = [&](std::string current) {
        return change_password(caller, {std::move(current), "better"}, password_ports(app));
    };
    for (int i = 0; i < 3; ++i) {
        CHECK(change("bad").error().errc == Errc::wrong_current_password);
    }
    CHECK(delete_account(caller, "bad", password_ports(app)).error().errc ==
          Errc::wrong_current_password);
    CHECK(guess(app, "alice", kHome).errc == Errc::invalid_credentials);
    CHECK(change("good").error().errc == Errc::too_many_attempts);
    CHECK(delete_account(caller, "good", password_ports(app)).error().errc ==
          Errc::too_many_attempts);
    app.tables->ahead_ms += 1000;
    CHECK(change("good"));
    CHECK(app.tables->failures.empty());
}

TEST_CASE("a try whose password could not be looked at does not count") {
    TestApp app;
    alice(app);
    guess_often(app, "alice", 4);
    app.hasher.out_of_memory = true;
    for (int i = 0; i < 3; ++i) {
        CHECK(log_in(app, "alice", "good").error().errc == Errc::out_of_memory);
    }
    app.hasher.out_of_memory = false;
    CHECK(log_in(app, "alice", "good"));
}

TEST_CASE("an operator hears of guessing once an hour") {
    TestApp app;
    alice(app);
    int alarms = 0;
    for (int i = 0; i < 30; ++i) {
        const Error refusal = guess(app, "alice");
        alarms += refusal.alarming ? 1 : 0;
        CHECK(refusal.alarming ==
              (refusal.log_detail.find("somebody may be guessing") != std::string::npos));
        app.tables->ahead_ms += i < 20 ? 170'000 : 0;
    }
    CHECK(alarms == 1);
    app.tables->ahead_ms += kAlarmPauseS * 1000;
    CHECK(guess(app, "alice").alarming);
}

TEST_CASE("of 24 wrong passwords at once no more are looked at than one after the other") {
    for (const char* name : {"alice", "nobody"}) {
        CAPTURE(name);
        TestApp app;
        alice(app);
        Replicas replicas(1);
        replicas.log_in(app, 24, name, "bad");
        CHECK(replicas.verifications == kFreeFailures + 1);
        CHECK(replicas.wrong == kFreeFailures + 1);
        CHECK(replicas.refused == 24 - kFreeFailures - 1);
        app.tables->ahead_ms += 1000;
        replicas.log_in(app, 24, name, "bad");
        CHECK(replicas.verifications == kFreeFailures + 2);
    }
}

TEST_CASE("several replicas let pass one wrong password more each, once") {
    TestApp app;
    alice(app);
    Replicas replicas(3);
    replicas.log_in(app, 48, "alice", "bad");
    CHECK(replicas.verifications <= kFreeFailures + 1 + 3);
    CHECK(replicas.wrong == replicas.verifications);
}

TEST_CASE("fifty right passwords at once all let in at two replicas, whatever was wrong before") {
    for (const int wrong_before : {0, 4, 8}) {
        CAPTURE(wrong_before);
        TestApp app;
        alice(app);
        guess_often(app, "alice", wrong_before);
        app.tables->ahead_ms += kFailureWaitMaxS * 1000;
        Replicas replicas(2);
        replicas.log_in(app, 50, "alice", "good");
        CHECK(replicas.in == 50);
        CHECK(app.tables->failures.empty());
    }
}

TEST_CASE("all names of an account wait for their turn as one, as soon as they were tried once") {
    TestApp app;
    const SignedIn user = alice(app);
    const auto account_of = [&](NameKind kind, std::string_view name) {
        return app.throttle.account_of(subject_of_name(kind, name, app.sealer));
    };
    const std::string first = account_of(NameKind::username, "alice");
    CHECK(app.throttle.account_of_user(user.account.id.str()) == user.account.id.str());
    guess(app, "alice");
    guess(app, "Alice@example.org");
    // Those that wait since before the first guess are not to run beside those that come later.
    CHECK(account_of(NameKind::username, "ALICE ") == first);
    CHECK(account_of(NameKind::email, "alice@example.org") == first);
    CHECK(app.throttle.account_of_user(user.account.id.str()) == first);
    guess(app, "nobody");
    CHECK(account_of(NameKind::username, "nobody").starts_with("name:"));
}

TEST_CASE("a try that waits for the outcome of another is refused when that was wrong") {
    TestApp app;
    const SignedIn user = alice(app);
    guess_often(app, "alice", 5);
    app.tables->ahead_ms += 1000;
    REQUIRE(app.store.reserve(test::text("user:" + user.account.id.str()), 100).value());
    std::jthread verdict([&] {
        FakeStore store(app.tables);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        CHECK(store.count({test::text("user:" + user.account.id.str()), {"login-refused"}, true}));
    });
    CHECK(log_in(app, "alice", "good").error().errc == Errc::too_many_attempts);
}
