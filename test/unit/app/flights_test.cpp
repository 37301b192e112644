#include "app/flights.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <vector>

using namespace signet;
using signet::app::Flight;
using signet::app::Flights;
using signet::app::kParkedMax;

namespace {

using Job = std::function<void()>;
using Part = Flights<Job>::Part;

Uuid user(std::uint8_t number) {
    Uuid id;
    id.bytes[15] = number;
    return id;
}

struct Noted {
    std::vector<int> done;
    Job job(int number) {
        return [this, number] { done.push_back(number); };
    }
};

}  // namespace

TEST_CASE("the first of a user flies, the others wait for it and are done in their order") {
    Flights<Job> flights;
    Noted noted;
    Job first = noted.job(0);
    REQUIRE(flights.join(user(1), first) == Part::first);
    REQUIRE(first);
    for (const int number : {1, 2, 3}) {
        Job job = noted.job(number);
        CHECK(flights.join(user(1), job) == Part::parked);
    }
    Flight<Job> flight(flights, user(1));
    first();
    while (auto next = flight.next()) {
        (*next)();
    }
    CHECK(noted.done == std::vector<int>{0, 1, 2, 3});
    Job again = noted.job(4);
    CHECK(flights.join(user(1), again) == Part::first);
}

TEST_CASE("users do not wait for one another") {
    Flights<Job> flights;
    Noted noted;
    Job one = noted.job(1);
    Job two = noted.job(2);
    CHECK(flights.join(user(1), one) == Part::first);
    CHECK(flights.join(user(2), two) == Part::first);
}

TEST_CASE("a flight that is given up drops who waits, and stands in nobody's way") {
    Flights<Job> flights;
    Noted noted;
    Job first = noted.job(0);
    REQUIRE(flights.join(user(1), first) == Part::first);
    const auto held = std::make_shared<int>(7);
    {
        const Flight<Job> flight(flights, user(1));
        Job parked = [held] {};
        REQUIRE(flights.join(user(1), parked) == Part::parked);
        parked = nullptr;
        CHECK(held.use_count() == 2);
    }
    CHECK(held.use_count() == 1);
    CHECK(flights.join(user(1), first) == Part::first);
}

TEST_CASE("who waits is bounded in number, over all users") {
    Flights<Job> flights;
    Noted noted;
    Job first = noted.job(0);
    Job other = noted.job(0);
    REQUIRE(flights.join(user(1), first) == Part::first);
    REQUIRE(flights.join(user(2), other) == Part::first);
    for (std::size_t i = 0; i < kParkedMax; ++i) {
        Job job = noted.job(1);
        REQUIRE(flights.join(user(1), job) == Part::parked);
    }
    Job late = noted.job(2);
    CHECK(flights.join(user(2), late) == Part::alone);
    CHECK(late);
    CHECK(flights.next(user(1)));
    CHECK(flights.join(user(2), late) == Part::parked);
}
