#include "users/user_cache.hpp"

#include <doctest/doctest.h>

using namespace signet;
using namespace signet::users;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

Uuid id_of(unsigned number) {
    Uuid id;
    for (std::size_t i = 0; i < 4; ++i) {
        id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return id;
}

std::shared_ptr<UserNow> user(unsigned number) {
    auto made = std::make_shared<UserNow>();
    made->id = id_of(number);
    made->status = UserNow::Status::good;
    made->roles.names = {"user"};
    made->loaded_at = now_since_boot();
    return made;
}

void put(UserCache& cache, unsigned number) {
    cache.finish_load(cache.begin_load(id_of(number)), user(number));
}

bool knows(UserCache& cache, unsigned number) {
    return cache.find(id_of(number)).user != nullptr;
}

// Two seconds later at each look.
steady_clock::time_point creeping() {
    static int looks = 0;
    return now_since_boot() + seconds(2 * ++looks);
}

steady_clock::time_point late() {
    return now_since_boot() + seconds(61);
}

}  // namespace

TEST_CASE("a user who was loaded is found until something about that user changes") {
    UserCache cache{{}};
    put(cache, 1);
    put(cache, 2);
    CHECK(knows(cache, 1));
    cache.invalidate(id_of(1));
    CHECK(!knows(cache, 1));
    CHECK(knows(cache, 2));
    cache.invalidate_all();
    CHECK(!knows(cache, 2));
    CHECK(cache.size().users == 0);
    CHECK(cache.size().bytes == 0);
    CHECK(cache.figures().hits == 2);
    CHECK(cache.figures().misses == 2);
}

TEST_CASE("the cache says how long ago it was confirmed, once it was") {
    UserCache cache{{}};
    CHECK(!cache.figures().age);
    cache.confirm(now_since_boot() - seconds(5));
    CHECK(*cache.figures().age >= seconds(5));
}

TEST_CASE("a reading that a change overtook is thrown away") {
    UserCache cache{{}};
    const auto one = cache.begin_load(id_of(1));
    cache.invalidate(id_of(1));
    cache.finish_load(one, user(1));
    CHECK(!knows(cache, 1));
    const auto two = cache.begin_load(id_of(2));
    cache.invalidate_all();
    cache.finish_load(two, user(2));
    CHECK(!knows(cache, 2));
    put(cache, 1);
    CHECK(knows(cache, 1));
}

TEST_CASE("a reading of one user is not kept under the name of another") {
    UserCache cache{{}};
    cache.finish_load(cache.begin_load(id_of(1)), user(2));
    CHECK(!knows(cache, 1));
    CHECK(!knows(cache, 2));
}

TEST_CASE("its memory is bounded, and who was not asked for lately gives way") {
    UserCacheOptions options;
    options.bytes_max = std::size_t{256} * 1024;
    UserCache cache{options};
    put(cache, 0);
    for (unsigned i = 1; i < 20'000; ++i) {
        put(cache, i);
        REQUIRE(knows(cache, 0));
        REQUIRE(cache.size().bytes <= options.bytes_max);
    }
    CHECK(cache.size().users < 1'000);
    CHECK(cache.size().users > 100);
}

TEST_CASE("a user who alone takes more than a share is not kept") {
    UserCacheOptions options;
    options.bytes_max = std::size_t{64} * 1024;
    UserCache cache{options};
    auto large = user(1);
    large->custom.emplace("x-hasura-a", std::string(4'000, 'a'));
    cache.finish_load(cache.begin_load(large->id), large);
    CHECK(!knows(cache, 1));
    CHECK(cache.size().bytes == 0);
}

TEST_CASE("it answers for some time after it was last confirmed, and not before the first time") {
    UserCache cache{{.stale_max = seconds(60)}};
    CHECK(!cache.state().confirmed);
    const auto now = now_since_boot();
    cache.confirm(now);
    CHECK(cache.state().confirmed);
    cache.confirm(now - seconds(59));
    CHECK(cache.state().confirmed);
    cache.confirm(now - seconds(61));
    CHECK(!cache.state().confirmed);
}

TEST_CASE("whether the database is away is passed on") {
    UserCache cache{{}};
    CHECK(!cache.state().away);
    cache.set_away(true);
    CHECK(cache.state().away);
}

TEST_CASE("what is known of a user grows old") {
    UserCache with{{.age_max = seconds(60), .steady_now = &late}};
    put(with, 1);
    CHECK(with.find(id_of(1)).aged);
    UserCache fresh{{.age_max = seconds(62), .steady_now = &late}};
    put(fresh, 1);
    CHECK(!fresh.find(id_of(1)).aged);
}

TEST_CASE("a reading that failed is remembered for a moment, or until the user has changed") {
    UserCache cache{{}};
    cache.fail_load(cache.begin_load(id_of(1)), signet::Errc::claims_failed);
    CHECK(cache.find(id_of(1)).failure->errc == signet::Errc::claims_failed);
    CHECK_FALSE(cache.find(id_of(2)).failure);
    put(cache, 1);
    CHECK_FALSE(cache.find(id_of(1)).failure);
    const auto ticket = cache.begin_load(id_of(1));
    cache.invalidate(id_of(1));
    cache.fail_load(ticket, signet::Errc::claims_failed);
    CHECK_FALSE(cache.find(id_of(1)).failure);
    UserCache later{{.steady_now = &creeping}};
    later.fail_load(later.begin_load(id_of(1)), signet::Errc::claims_failed);
    CHECK_FALSE(later.find(id_of(1)).failure);
}

TEST_CASE("failures are bounded in number") {
    UserCache cache{{}};
    constexpr unsigned kMany = 10'000;
    for (unsigned i = 0; i < kMany; ++i) {
        cache.fail_load(cache.begin_load(id_of(i)), signet::Errc::claims_failed);
    }
    int remembered = 0;
    for (unsigned i = 0; i < kMany; ++i) {
        remembered += cache.find(id_of(i)).failure ? 1 : 0;
    }
    CHECK(remembered <= 64 * 64);
    CHECK(remembered > 0);
}

TEST_CASE("that there is no such user is remembered for a moment only") {
    UserCache cache{{}};
    auto nobody = user(1);
    nobody->status = UserNow::Status::gone;
    cache.finish_load(cache.begin_load(nobody->id), nobody);
    CHECK(knows(cache, 1));
    UserCache later{{.steady_now = &late}};
    later.finish_load(later.begin_load(nobody->id), nobody);
    CHECK(!knows(later, 1));
}

TEST_CASE("of the sessions that are over the last ones are remembered") {
    UserNow now;
    for (unsigned i = 0; i < kEndedSessionsMax + 10; ++i) {
        now.note_ended(id_of(i));
        now.note_ended(id_of(i));
    }
    CHECK(now.ended.size() == kEndedSessionsMax);
    CHECK(!now.has_ended(id_of(0)));
    CHECK(now.has_ended(id_of(kEndedSessionsMax + 9)));
}
