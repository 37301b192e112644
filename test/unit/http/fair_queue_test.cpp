#include "http/fair_queue.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using signet::IpAddress;
using signet::http::FairQueue;
using signet::http::FairQueueLimits;
using signet::http::JobOwner;

namespace {

using Time = FairQueue<std::string>::Time;
constexpr Time kNow{1h};

JobOwner owner(std::string_view client, std::string account = {}) {
    return {IpAddress::from(client).value(), std::move(account)};
}

struct Queue {
    explicit Queue(const FairQueueLimits& limits) : jobs(limits) {}

    // Returns the job that found no place, if there is one.
    std::string push(const std::string& job, const JobOwner& of) {
        auto pushed = jobs.push(job, of, at);
        return pushed.waits ? pushed.displaced.value_or("") : job;
    }
    // Takes the jobs whose turn it is, as one thread does.
    std::vector<std::string> run_all() {
        std::vector<std::string> order;
        while (auto turn = jobs.pop(kNow)) {
            order.push_back(turn->job);
            jobs.done(turn->owner, {}, kNow);
        }
        return order;
    }

    FairQueue<std::string> jobs;
    Time at = kNow;
};

using Jobs = std::vector<std::string>;

}  // namespace

TEST_CASE("jobs of one client are done in the order in which they came") {
    Queue queue({.jobs_max = 8, .waiting_per_account = 64, .running_per_account = 1});
    for (const char* job : {"a", "b", "c"}) {
        CHECK(queue.push(job, owner("192.0.2.1")).empty());
    }
    CHECK(queue.run_all() == Jobs{"a", "b", "c"});
    CHECK(queue.jobs.empty());
}

TEST_CASE("a client with one job is served after one job of each other, however many they have") {
    Queue queue({.jobs_max = 16, .waiting_per_account = 64, .running_per_account = 1});
    for (int i = 0; i < 6; ++i) {
        queue.push("many", owner("192.0.2.1"));
    }
    queue.push("some", owner("192.0.2.2"));
    queue.push("some", owner("192.0.2.2"));
    queue.push("one", owner("192.0.2.3"));
    CHECK(queue.run_all() ==
          Jobs{"many", "some", "one", "many", "some", "many", "many", "many", "many"});
}

TEST_CASE("who comes later is not made to wait for what others had served before") {
    Queue queue({.jobs_max = 16, .waiting_per_account = 64, .running_per_account = 1});
    for (int i = 0; i < 5; ++i) {
        queue.push("first", owner("192.0.2.1"));
    }
    queue.run_all();
    queue.push("first", owner("192.0.2.1"));
    queue.push("second", owner("192.0.2.2"));
    CHECK(queue.run_all() == Jobs{"first", "second"});
}

TEST_CASE("in a full queue the last job of the client who has most gives way, or the newcomer") {
    Queue queue({.jobs_max = 3, .waiting_per_account = 64, .running_per_account = 1});
    for (const char* job : {"a1", "a2", "a3"}) {
        CHECK(queue.push(job, owner("192.0.2.1")).empty());
    }
    CHECK(queue.push("a4", owner("192.0.2.1")) == "a4");
    CHECK(queue.push("b1", owner("192.0.2.2")) == "a3");
    CHECK(queue.push("c1", owner("192.0.2.3")) == "a2");
    CHECK(queue.push("b2", owner("192.0.2.2")) == "b2");
    CHECK(queue.push("d1", owner("192.0.2.4")) == "d1");
    CHECK(queue.run_all() == Jobs{"a1", "b1", "c1"});
}

TEST_CASE("a queue without room takes nothing") {
    Queue queue({.jobs_max = 0, .waiting_per_account = 64, .running_per_account = 1});
    CHECK(queue.push("a", owner("192.0.2.1")) == "a");
    CHECK(queue.jobs.empty());
}

TEST_CASE("no more jobs of an account run at once than may, and others pass them") {
    Queue queue({.jobs_max = 8, .waiting_per_account = 8, .running_per_account = 1});
    queue.push("ada1", owner("192.0.2.1", "ada"));
    queue.push("ada2", owner("192.0.2.2", "ada"));
    queue.push("bob", owner("192.0.2.3", "bob"));
    queue.push("nobody1", owner("192.0.2.4"));
    queue.push("nobody2", owner("192.0.2.4"));
    const auto ada = queue.jobs.pop(kNow);
    CHECK(ada->job == "ada1");
    CHECK(queue.jobs.pop(kNow)->job == "bob");
    CHECK(queue.jobs.pop(kNow)->job == "nobody1");
    CHECK(queue.jobs.pop(kNow)->job == "nobody2");
    CHECK_FALSE(queue.jobs.pop(kNow));
    CHECK_FALSE(queue.jobs.empty());
    queue.jobs.done(ada->owner, {}, kNow);
    CHECK(queue.jobs.pop(kNow)->job == "ada2");
}

TEST_CASE("jobs that are passed over keep nobody who comes later from the next turn") {
    Queue queue({.jobs_max = 8, .waiting_per_account = 8, .running_per_account = 1});
    for (int i = 0; i < 4; ++i) {
        queue.push("ada", owner("192.0.2.1", "ada"));
    }
    const auto ada = queue.jobs.pop(kNow);
    queue.push("tail", owner("192.0.2.1"));
    CHECK(queue.jobs.pop(kNow)->job == "tail");
    queue.push("late", owner("192.0.2.2"));
    queue.jobs.done(ada->owner, {}, kNow);
    CHECK(queue.jobs.pop(kNow)->job == "ada");
    CHECK(queue.jobs.pop(kNow)->job == "late");
}

TEST_CASE("one account has no more jobs waiting than it may, and others have room") {
    Queue queue({.jobs_max = 8, .waiting_per_account = 2, .running_per_account = 1});
    CHECK(queue.push("ada1", owner("192.0.2.1", "ada")).empty());
    CHECK(queue.push("ada2", owner("192.0.2.2", "ada")).empty());
    CHECK(queue.push("ada3", owner("192.0.2.3", "ada")) == "ada3");
    CHECK(queue.push("bob", owner("192.0.2.3", "bob")).empty());
}

TEST_CASE("a job that is done counts as running while its account rests") {
    Queue queue({.jobs_max = 8, .waiting_per_account = 8, .running_per_account = 1});
    queue.push("ada1", owner("192.0.2.1", "ada"));
    queue.push("ada2", owner("192.0.2.1", "ada"));
    const auto ada = queue.jobs.pop(kNow);
    queue.jobs.done(ada->owner, kNow + 200ms, kNow);
    CHECK_FALSE(queue.jobs.pop(kNow + 199ms));
    CHECK(queue.jobs.next_rest() == kNow + 200ms);
    CHECK(queue.jobs.pop(kNow + 200ms)->job == "ada2");
}

TEST_CASE("a job that has waited for too long is taken out, whichever it is") {
    Queue queue({.jobs_max = 8, .waiting_per_account = 8, .running_per_account = 1});
    queue.push("ada1", owner("192.0.2.1", "ada"));
    queue.push("ada2", owner("192.0.2.1", "ada"));
    const auto ada = queue.jobs.pop(kNow);
    queue.at = kNow + 1s;
    queue.push("bob", owner("192.0.2.2", "bob"));
    CHECK(queue.jobs.oldest() == kNow);
    CHECK(queue.jobs.take_late(kNow)->job == "ada2");
    CHECK_FALSE(queue.jobs.take_late(kNow));
    CHECK(queue.jobs.pop(kNow)->job == "bob");
}

TEST_CASE("a client whose last job gave way gets its place in the round back") {
    Queue queue({.jobs_max = 2, .waiting_per_account = 8, .running_per_account = 1});
    queue.push("a1", owner("192.0.2.1"));
    queue.push("a2", owner("192.0.2.1"));
    CHECK(queue.push("b1", owner("192.0.2.2")) == "a2");
    CHECK(queue.run_all() == Jobs{"a1", "b1"});
    queue.push("a3", owner("192.0.2.1"));
    queue.push("b2", owner("192.0.2.2"));
    CHECK(queue.run_all() == Jobs{"a3", "b2"});
}
