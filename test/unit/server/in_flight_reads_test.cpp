#include "server/in_flight_reads.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace signet;
using signet::server::InFlightRead;
using signet::server::InFlightReads;
using signet::server::kWaitingMax;
using signet::server::kWaitingPerUserMax;

namespace {

struct Noted {
    std::vector<int> done;
    std::vector<int> dropped;
};

struct Job {
    Noted* noted = nullptr;
    int number = 0;
    void run() const { noted->done.push_back(number); }
    void drop() const { noted->dropped.push_back(number); }
};

using Start = InFlightReads<Job>::Start;

Uuid user(std::uint8_t number) {
    Uuid id;
    id.bytes[15] = number;
    return id;
}

}  // namespace

TEST_CASE("the first read of a user starts, the others wait for it and are done in their order") {
    InFlightReads<Job> reads;
    Noted noted;
    InFlightRead<Job> read(reads, user(1));
    Job first{&noted, 0};
    REQUIRE(read.start(first) == Start::first);
    for (const int number : {1, 2, 3}) {
        Job job{&noted, number};
        CHECK(InFlightRead<Job>(reads, user(1)).start(job) == Start::waits);
    }
    first.run();
    while (auto next = read.next()) {
        next->run();
    }
    CHECK(noted.done == std::vector<int>{0, 1, 2, 3});
    Job again{&noted, 4};
    CHECK(InFlightRead<Job>(reads, user(1)).start(again) == Start::first);
    CHECK(noted.dropped.empty());
}

TEST_CASE("users do not wait for one another") {
    InFlightReads<Job> reads;
    Noted noted;
    Job one{&noted, 1};
    Job two{&noted, 2};
    InFlightRead<Job> first(reads, user(1));
    InFlightRead<Job> second(reads, user(2));
    CHECK(first.start(one) == Start::first);
    CHECK(second.start(two) == Start::first);
}

TEST_CASE("a read that is given up refuses who waits, and stands in nobody's way") {
    InFlightReads<Job> reads;
    Noted noted;
    {
        InFlightRead<Job> read(reads, user(1));
        Job first{&noted, 0};
        REQUIRE(read.start(first) == Start::first);
        Job waiting{&noted, 1};
        REQUIRE(InFlightRead<Job>(reads, user(1)).start(waiting) == Start::waits);
        CHECK(noted.dropped.empty());
    }
    CHECK(noted.dropped == std::vector<int>{1});
    Job again{&noted, 2};
    CHECK(InFlightRead<Job>(reads, user(1)).start(again) == Start::first);
}

TEST_CASE("a read that has ended leaves the next read of the user and who waits for it alone") {
    InFlightReads<Job> reads;
    Noted noted;
    auto ended = std::make_unique<InFlightRead<Job>>(reads, user(1));
    Job first{&noted, 0};
    REQUIRE(ended->start(first) == Start::first);
    CHECK(!ended->next());
    InFlightRead<Job> later(reads, user(1));
    Job second{&noted, 1};
    REQUIRE(later.start(second) == Start::first);
    Job waiting{&noted, 2};
    REQUIRE(InFlightRead<Job>(reads, user(1)).start(waiting) == Start::waits);
    ended.reset();
    CHECK(noted.dropped.empty());
    const auto next = later.next();
    REQUIRE(next.has_value());
    CHECK(next->number == 2);
}

TEST_CASE("who waits is bounded in number, for one user and for all") {
    InFlightReads<Job> reads;
    Noted noted;
    constexpr std::size_t kUsers = kWaitingMax / kWaitingPerUserMax;
    std::vector<std::unique_ptr<InFlightRead<Job>>> started;
    for (std::uint8_t n = 0; n <= kUsers; ++n) {
        started.push_back(std::make_unique<InFlightRead<Job>>(reads, user(n)));
        Job first{&noted, 0};
        REQUIRE(started.back()->start(first) == Start::first);
    }
    for (std::uint8_t n = 0; n < kUsers; ++n) {
        for (std::size_t i = 0; i < kWaitingPerUserMax; ++i) {
            Job job{&noted, 1};
            REQUIRE(InFlightRead<Job>(reads, user(n)).start(job) == Start::waits);
        }
        Job late{&noted, 2};
        CHECK(InFlightRead<Job>(reads, user(n)).start(late) == Start::full);
    }
    Job other{&noted, 3};
    CHECK(InFlightRead<Job>(reads, user(kUsers)).start(other) == Start::full);
    CHECK(started[0]->next());
    CHECK(InFlightRead<Job>(reads, user(kUsers)).start(other) == Start::waits);
}
