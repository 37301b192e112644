#include "server/flights.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace signet;
using signet::server::Flight;
using signet::server::Flights;
using signet::server::kParkedMax;
using signet::server::kParkedPerUserMax;

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

using Part = Flights<Job>::Part;

Uuid user(std::uint8_t number) {
    Uuid id;
    id.bytes[15] = number;
    return id;
}

}  // namespace

TEST_CASE("the first of a user flies, the others wait for it and are done in their order") {
    Flights<Job> flights;
    Noted noted;
    Flight<Job> flight(flights, user(1));
    Job first{&noted, 0};
    REQUIRE(flight.begin(first) == Part::first);
    for (const int number : {1, 2, 3}) {
        Job job{&noted, number};
        CHECK(Flight<Job>(flights, user(1)).begin(job) == Part::parked);
    }
    first.run();
    while (auto next = flight.next()) {
        next->run();
    }
    CHECK(noted.done == std::vector<int>{0, 1, 2, 3});
    Job again{&noted, 4};
    CHECK(Flight<Job>(flights, user(1)).begin(again) == Part::first);
    CHECK(noted.dropped.empty());
}

TEST_CASE("users do not wait for one another") {
    Flights<Job> flights;
    Noted noted;
    Job one{&noted, 1};
    Job two{&noted, 2};
    Flight<Job> first(flights, user(1));
    Flight<Job> second(flights, user(2));
    CHECK(first.begin(one) == Part::first);
    CHECK(second.begin(two) == Part::first);
}

TEST_CASE("a flight that is given up refuses who waits, and stands in nobody's way") {
    Flights<Job> flights;
    Noted noted;
    {
        Flight<Job> flight(flights, user(1));
        Job first{&noted, 0};
        REQUIRE(flight.begin(first) == Part::first);
        Job parked{&noted, 1};
        REQUIRE(Flight<Job>(flights, user(1)).begin(parked) == Part::parked);
        CHECK(noted.dropped.empty());
    }
    CHECK(noted.dropped == std::vector<int>{1});
    Job again{&noted, 2};
    CHECK(Flight<Job>(flights, user(1)).begin(again) == Part::first);
}

TEST_CASE("who waits is bounded in number, for one user and for all") {
    Flights<Job> flights;
    Noted noted;
    constexpr std::size_t kUsers = kParkedMax / kParkedPerUserMax;
    std::vector<std::unique_ptr<Flight<Job>>> aloft;
    for (std::uint8_t n = 0; n <= kUsers; ++n) {
        aloft.push_back(std::make_unique<Flight<Job>>(flights, user(n)));
        Job first{&noted, 0};
        REQUIRE(aloft.back()->begin(first) == Part::first);
    }
    for (std::uint8_t n = 0; n < kUsers; ++n) {
        for (std::size_t i = 0; i < kParkedPerUserMax; ++i) {
            Job job{&noted, 1};
            REQUIRE(Flight<Job>(flights, user(n)).begin(job) == Part::parked);
        }
        Job late{&noted, 2};
        CHECK(Flight<Job>(flights, user(n)).begin(late) == Part::full);
    }
    Job other{&noted, 3};
    CHECK(Flight<Job>(flights, user(kUsers)).begin(other) == Part::full);
    CHECK(aloft[0]->next());
    CHECK(Flight<Job>(flights, user(kUsers)).begin(other) == Part::parked);
}
