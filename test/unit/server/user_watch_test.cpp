#include "server/user_watch.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

using namespace signet;
using namespace signet::server;
using namespace std::chrono_literals;

namespace {

// A feed that a test fills.
class ScriptedFeed final : public UserFeed {
public:
    struct Script {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<Result<UserNews>> answers;  // then nothing new
        std::size_t reads = 0;
        bool rings = false;

        void add(Result<UserNews> answer) {
            const std::lock_guard lock(mutex);
            answers.push_back(std::move(answer));
            rings = true;
            changed.notify_all();
        }
    };
    explicit ScriptedFeed(Script& script) : script_(script) {}

    Result<UserNews> read() override {
        const std::lock_guard lock(script_.mutex);
        ++script_.reads;
        if (script_.answers.empty()) {
            return UserNews{};
        }
        auto answer = std::move(script_.answers.front());
        script_.answers.pop_front();
        return answer;
    }
    // Late, as on a busy machine: that there are news has to be told by more than the clock.
    bool wait(std::chrono::milliseconds timeout) override {
        std::unique_lock lock(script_.mutex);
        script_.changed.wait_for(lock, timeout, [&] { return script_.rings; });
        const bool rang = std::exchange(script_.rings, false);
        lock.unlock();
        if (rang) {
            std::this_thread::sleep_for(timeout);
        }
        return rang;
    }

private:
    Script& script_;
};

const Uuid kAda{{1}};
const Uuid kBob{{2}};

struct Bench {
    Log log{LogLevel::error, LogFormat::json, -1};
    users::UserCache cache{{}};
    ScriptedFeed::Script script;
    std::atomic<bool> blocked{false};
    std::unique_ptr<UserWatch> watch;

    void start(std::chrono::milliseconds check = 10s) {
        watch = std::make_unique<UserWatch>(
            UserWatch::Options{std::make_unique<ScriptedFeed>(script), check,
                               [this] { return std::string(blocked ? "not yet" : ""); }},
            cache, log);
    }
    void put(const Uuid& id) {
        auto user = std::make_shared<UserNow>();
        user->id = id;
        user->status = UserNow::Status::good;
        cache.finish_load(cache.begin_load(id), user);
    }
    bool knows(const Uuid& id) { return cache.find(id).user != nullptr; }
    template <class Condition>
    static bool soon(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (!condition() && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(1ms);
        }
        return condition();
    }
};

}  // namespace

TEST_CASE("a look confirms the cache, and drops whom it tells of") {
    Bench bench;
    bench.start();
    REQUIRE(Bench::soon([&] { return bench.cache.state().confirmed; }));
    bench.put(kAda);
    bench.put(kBob);
    bench.script.add(UserNews{false, {kAda}});
    REQUIRE(Bench::soon([&] { return !bench.knows(kAda); }));
    CHECK(bench.knows(kBob));
    bench.script.add(UserNews{true, {}});
    CHECK(Bench::soon([&] { return !bench.knows(kBob); }));
}

TEST_CASE("without a hint it looks when its time has come") {
    Bench bench;
    bench.start(30ms);
    CHECK(Bench::soon([&] {
        const std::lock_guard lock(bench.script.mutex);
        return bench.script.reads > 5;
    }));
}

TEST_CASE("a database that is away is passed on, and its return as well") {
    Bench bench;
    bench.script.add(Error{Errc::store_unavailable});
    bench.start();
    REQUIRE(Bench::soon([&] { return bench.cache.state().away; }));
    CHECK(!bench.cache.state().confirmed);
    CHECK(Bench::soon([&] { return !bench.cache.state().away && bench.cache.state().confirmed; }));
}

TEST_CASE("a look that fails for another reason does not call the database away") {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        bench.script.add(Error{Errc::store_failed});
    }
    bench.start();
    CHECK(Bench::soon([&] { return bench.cache.state().confirmed; }));
    CHECK(!bench.cache.state().away);
}

TEST_CASE("it does not look before the database can be used") {
    Bench bench;
    bench.blocked = true;
    bench.start();
    std::this_thread::sleep_for(50ms);
    CHECK(bench.script.reads == 0);
    bench.blocked = false;
    CHECK(Bench::soon([&] { return bench.cache.state().confirmed; }));
}

TEST_CASE("looks are so close that memory does not run dry between two") {
    CHECK(look_interval(5s, 60s) == 5s);
    CHECK(look_interval(5s, 6s) == 2s);
    CHECK(look_interval(1s, 1s) < 500ms);
}
