#include "base/lru_cache.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>

using Cache = signet::LruCache<int, std::string, std::hash<int>>;

namespace {

constexpr std::size_t kValueBytes = 100;
constexpr std::size_t kEntryBytes = Cache::kEntryOverhead + kValueBytes;

Cache of_three() {
    Cache cache(3 * kEntryBytes);
    for (int key = 1; key <= 3; ++key) {
        cache.put(key, std::to_string(key), kValueBytes);
    }
    return cache;
}

}  // namespace

TEST_CASE("an entry of the cache is found until it is erased") {
    Cache cache = of_three();
    REQUIRE(cache.find(2) != nullptr);
    CHECK(*cache.find(2) == "2");
    cache.erase(2);
    CHECK(cache.find(2) == nullptr);
    CHECK(cache.size() == 2);
    CHECK(cache.bytes() == 2 * kEntryBytes);
    cache.erase(2);
    CHECK(cache.size() == 2);
}

TEST_CASE("the least recently used entry makes room for a new one") {
    Cache cache = of_three();
    REQUIRE(cache.find(1) != nullptr);
    cache.put(4, "4", kValueBytes);
    CHECK(cache.find(2) == nullptr);
    CHECK(cache.find(1) != nullptr);
    CHECK(cache.find(3) != nullptr);
    CHECK(cache.find(4) != nullptr);
    CHECK(cache.bytes() == 3 * kEntryBytes);
}

TEST_CASE("a large entry takes the room of several small ones") {
    Cache cache = of_three();
    cache.put(4, "4", kEntryBytes + kValueBytes);
    CHECK(cache.size() == 2);
    CHECK(cache.find(3) != nullptr);
    CHECK(cache.bytes() <= cache.bytes_max());
}

TEST_CASE("a value that is put again replaces the one before and counts once") {
    Cache cache = of_three();
    cache.put(3, "new", kValueBytes);
    CHECK(*cache.find(3) == "new");
    CHECK(cache.size() == 3);
    CHECK(cache.bytes() == 3 * kEntryBytes);
}

TEST_CASE("a value that is larger than the cache is not kept, nor is what it replaces") {
    Cache cache = of_three();
    cache.put(1, "huge", 4 * kEntryBytes);
    CHECK(cache.find(1) == nullptr);
    CHECK(cache.size() == 2);
}

TEST_CASE("a cache that is swapped away keeps finding its entries") {
    Cache cache = of_three();
    Cache other(cache.bytes_max());
    std::swap(cache, other);
    CHECK(cache.size() == 0);
    CHECK(cache.find(1) == nullptr);
    REQUIRE(other.find(1) != nullptr);
    CHECK(*other.find(1) == "1");
    other.put(4, "4", kValueBytes);
    CHECK(other.find(2) == nullptr);
}
