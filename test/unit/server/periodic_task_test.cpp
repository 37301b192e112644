#include "server/periodic_task.hpp"

#include "support/dead_stack.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

using namespace signet;
using namespace signet::server;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 20s;
constexpr int kNoFile = -1;

// Counts rounds, and waits until there were so many.
struct Counter {
    Log log{LogLevel::error, LogFormat::json, kNoFile};
    std::atomic<int> rounds{0};

    bool reaches(int count) const {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (rounds < count && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        return rounds >= count;
    }
};

}  // namespace

TEST_CASE("rounds follow each other when each is due at once") {
    Counter counter;
    const PeriodicTask task(
        {.name = "test", .round = [&] { return ++counter.rounds, PeriodicTask::Next{}; }},
        counter.log);
    CHECK(counter.reaches(100));
}

TEST_CASE("a round that ends with nothing was the last one") {
    Counter counter;
    std::promise<void> last;
    PeriodicTask task({.name = "test",
                       .round = [&]() -> std::optional<PeriodicTask::Next> {
                           if (++counter.rounds < 3) {
                               return PeriodicTask::Next{};
                           }
                           last.set_value();
                           return std::nullopt;
                       }},
                      counter.log);
    last.get_future().wait();
    task.wake();
    CHECK(counter.rounds == 3);
}

TEST_CASE(
    "a task that waits goes on when it is woken, and one that is woken in a round once more") {
    Counter counter;
    std::promise<void> began;
    std::promise<void> go_on;
    PeriodicTask task({.name = "test",
                       .round =
                           [&] {
                               if (++counter.rounds == 2) {
                                   began.set_value();
                                   go_on.get_future().wait();
                               }
                               return PeriodicTask::Next{0ms, 1h};
                           }},
                      counter.log);
    REQUIRE(counter.reaches(1));
    task.wake();
    began.get_future().wait();
    task.wake();
    go_on.set_value();
    CHECK(counter.reaches(3));
}

TEST_CASE("a task that is woken does not begin a round before its soonest time") {
    constexpr auto kSoonest = 5ms;
    Counter counter;
    std::chrono::steady_clock::time_point ended;
    std::atomic<bool> early{false};
    PeriodicTask task({.name = "test",
                       .round =
                           [&] {
                               const auto now = std::chrono::steady_clock::now();
                               early = early || now < ended + kSoonest;
                               ended = std::chrono::steady_clock::now();
                               ++counter.rounds;
                               return PeriodicTask::Next{kSoonest, 1h};
                           }},
                      counter.log);
    for (int i = 1; i < 5; ++i) {
        REQUIRE(counter.reaches(i));
        task.wake();
    }
    CHECK(counter.reaches(5));
    CHECK_FALSE(early);
}

TEST_CASE("a task that waits for its time can be stopped") {
    Counter counter;
    {
        const PeriodicTask task(
            {.name = "test", .round = [&] { return ++counter.rounds, PeriodicTask::after(1h); }},
            counter.log);
        REQUIRE(counter.reaches(1));
    }
    CHECK(counter.rounds == 1);
}

TEST_CASE("a first round can be due later") {
    Counter counter;
    {
        const PeriodicTask task({.name = "test",
                                 .round = [&] { return ++counter.rounds, PeriodicTask::Next{}; },
                                 .first_after = 1h},
                                counter.log);
    }
    CHECK(counter.rounds == 0);
}

TEST_CASE("a notification that is heard starts a round, and a stop is noticed between two") {
    Counter counter;
    std::atomic<bool> news{false};
    std::atomic<bool> long_wait{false};
    std::atomic<int> listened{0};
    {
        const PeriodicTask task(
            {.name = "test",
             .round = [&] { return ++counter.rounds, PeriodicTask::Next{0ms, 1h}; },
             .listen =
                 [&](std::chrono::milliseconds time) {
                     long_wait = long_wait || time > kListenSlice;
                     ++listened;
                     return news.exchange(false);
                 }},
            counter.log);
        REQUIRE(counter.reaches(1));
        news = true;
        CHECK(counter.reaches(2));
    }
    CHECK_FALSE(long_wait);
    CHECK(listened > 0);
}

TEST_CASE("an exception ends a round and not the task") {
    std::array<int, 2> pipe_ends{};
    REQUIRE(::pipe(pipe_ends.data()) == 0);
    const Log log{LogLevel::error, LogFormat::json, pipe_ends[1]};
    std::promise<void> again;
    {
        std::atomic<int> rounds{0};
        const PeriodicTask task({.name = "fragile",
                                 .round = [&]() -> std::optional<PeriodicTask::Next> {
                                     if (++rounds == 1) {
                                         throw std::runtime_error("out of luck");
                                     }
                                     again.set_value();
                                     return std::nullopt;
                                 }},
                                log);
        CHECK(again.get_future().wait_for(kPatience) == std::future_status::ready);
    }
    std::array<char, 512> line{};
    const auto size = ::read(pipe_ends[0], line.data(), line.size());
    REQUIRE(size > 0);
    const std::string_view text(line.data(), static_cast<std::size_t>(size));
    CHECK(text.find(R"("event":"background-task-failed")") != std::string_view::npos);
    CHECK(text.find(R"("task":"fragile","reason":"out of luck")") != std::string_view::npos);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

TEST_CASE("pauses after failures double up to a limit, and start anew after a success") {
    Backoff backoff(100ms, 350ms);
    CHECK(backoff.next() == 100ms);
    CHECK(backoff.next() == 200ms);
    CHECK(backoff.next() == 350ms);
    CHECK(backoff.next() == 350ms);
    backoff.reset();
    CHECK(backoff.next() == 100ms);
}

TEST_CASE("what a round left on the stack is wiped before the next one, even if it threw") {
    Counter counter;
    std::atomic<std::size_t> after_return{1};
    std::atomic<std::size_t> after_throw{1};
    const PeriodicTask task({.name = "test",
                             .round = [&]() -> std::optional<PeriodicTask::Next> {
                                 if (counter.rounds == 0) {
                                     test::leave_on_stack();
                                 } else if (counter.rounds == 1) {
                                     after_return = test::count_on_stack();
                                     test::leave_on_stack();
                                     ++counter.rounds;
                                     throw std::runtime_error("test");
                                 } else {
                                     after_throw = test::count_on_stack();
                                     ++counter.rounds;
                                     return std::nullopt;
                                 }
                                 ++counter.rounds;
                                 return PeriodicTask::Next{};
                             }},
                            counter.log);
    REQUIRE(counter.reaches(3));
    CHECK(after_return == 0);
    CHECK(after_throw == 0);
}
