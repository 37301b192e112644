#include "users/user_cache.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace signet;
using namespace signet::users;

namespace {

constexpr std::size_t kUsers = 8;

Uuid id_of(std::size_t number) {
    Uuid id;
    id.bytes.back() = static_cast<std::uint8_t>(number);
    return id;
}

// The database: how often each user was changed. A reading is one number.
struct Table {
    std::array<std::atomic<std::int64_t>, kUsers> version{};
};

std::shared_ptr<const UserNow> read(const Table& table, std::size_t number) {
    auto user = std::make_shared<UserNow>();
    user->id = id_of(number);
    user->status = UserNow::Status::good;
    user->sessions.push_back({id_of(number), table.version.at(number)});
    std::this_thread::yield();  // a reading takes its time, and changes come in between
    return user;
}

}  // namespace

TEST_CASE("no reading from before a change is found after the change was told") {
    UserCache cache{{}};
    Table table;
    std::array<std::atomic<std::int64_t>, kUsers> told{};
    std::atomic<bool> stop{false};
    std::atomic<int> stale{0};
    std::atomic<int> found{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                for (std::size_t n = 0; !stop; n = (n + 1) % kUsers) {
                    const std::int64_t least = told.at(n);
                    if (const auto known = cache.find(id_of(n)); known.user) {
                        ++found;
                        stale += known.user->sessions.front().until_s < least ? 1 : 0;
                        continue;
                    }
                    const auto ticket = cache.begin_load(id_of(n));
                    cache.finish_load(ticket, read(table, n));
                }
            });
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        for (std::size_t i = 0; std::chrono::steady_clock::now() < end; ++i) {
            const std::size_t n = i % kUsers;
            const std::int64_t version = ++table.version.at(n);
            if (i % 100 == 0) {
                cache.invalidate_all();
            } else {
                cache.invalidate(id_of(n));
            }
            told.at(n) = version;
            cache.confirm(now_since_boot());
            if (i % 7 == 0) {
                std::this_thread::sleep_for(std::chrono::microseconds(50));
            }
        }
        stop = true;
    }
    CHECK(stale == 0);
    CHECK(found > 0);
}
