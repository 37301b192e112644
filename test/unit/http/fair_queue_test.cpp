#include "http/fair_queue.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using signet::IpAddress;
using signet::http::FairQueue;
using signet::http::FairQueueLimits;
using signet::http::JobOwner;

namespace {

JobOwner owner(std::string_view client, std::string account = {}) {
    return {IpAddress::from(client).value(), std::move(account)};
}

struct Queue {
    explicit Queue(const FairQueueLimits& limits) : jobs(limits) {}

    // Returns the job that found no place, if there is one.
    std::string push(const std::string& job, const JobOwner& of) {
        auto pushed = jobs.push(job, of, {});
        return pushed.waits ? pushed.displaced.value_or("") : job;
    }
    // Takes the jobs whose turn it is, as one thread does.
    std::vector<std::string> run_all() {
        std::vector<std::string> order;
        while (auto turn = jobs.pop()) {
            order.push_back(turn->job);
            jobs.done(turn->owner);
        }
        return order;
    }

    FairQueue<std::string> jobs;
};

using Jobs = std::vector<std::string>;

}  // namespace

TEST_CASE("jobs of one client are done in the order in which they came") {
    Queue queue({.jobs_max = 8, .running_per_account = 0});
    for (const char* job : {"a", "b", "c"}) {
        CHECK(queue.push(job, owner("192.0.2.1")).empty());
    }
    CHECK(queue.run_all() == Jobs{"a", "b", "c"});
    CHECK(queue.jobs.empty());
}

TEST_CASE("a client with one job is served after one job of each other, however many they have") {
    Queue queue({.jobs_max = 16, .running_per_account = 0});
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
    Queue queue({.jobs_max = 16, .running_per_account = 0});
    for (int i = 0; i < 5; ++i) {
        queue.push("first", owner("192.0.2.1"));
    }
    queue.run_all();
    queue.push("first", owner("192.0.2.1"));
    queue.push("second", owner("192.0.2.2"));
    CHECK(queue.run_all() == Jobs{"first", "second"});
}

TEST_CASE("in a full queue the last job of the client who has most gives way, or the newcomer") {
    Queue queue({.jobs_max = 3, .running_per_account = 0});
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
    Queue queue({.jobs_max = 0, .running_per_account = 0});
    CHECK(queue.push("a", owner("192.0.2.1")) == "a");
    CHECK(queue.jobs.empty());
}

TEST_CASE("no more jobs of an account run at once than may, and others pass them") {
    Queue queue({.jobs_max = 8, .running_per_account = 1});
    queue.push("ada1", owner("192.0.2.1", "ada"));
    queue.push("ada2", owner("192.0.2.2", "ada"));
    queue.push("bob", owner("192.0.2.3", "bob"));
    queue.push("nobody1", owner("192.0.2.4"));
    queue.push("nobody2", owner("192.0.2.4"));
    const auto ada = queue.jobs.pop();
    CHECK(ada->job == "ada1");
    CHECK(queue.jobs.pop()->job == "bob");
    CHECK(queue.jobs.pop()->job == "nobody1");
    CHECK(queue.jobs.pop()->job == "nobody2");
    CHECK_FALSE(queue.jobs.pop());
    CHECK_FALSE(queue.jobs.empty());
    queue.jobs.done(ada->owner);
    CHECK(queue.jobs.pop()->job == "ada2");
}
