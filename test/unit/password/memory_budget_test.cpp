#include "password/memory_budget.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using signet::MemoryBudget;

TEST_CASE("hashes take no more memory together than the budget, and give it back") {
    MemoryBudget budget(100);
    {
        const MemoryBudget::Share first(budget, 60, 0ms);
        CHECK(first.granted());
        CHECK_FALSE(MemoryBudget::Share(budget, 50, 0ms).granted());
        CHECK(MemoryBudget::Share(budget, 40, 0ms).granted());
    }
    CHECK(MemoryBudget::Share(budget, 100, 0ms).granted());
}

TEST_CASE("the budget says how many hashes there are, what they take, and how many got nothing") {
    MemoryBudget budget(100);
    {
        const MemoryBudget::Share first(budget, 60, 0ms);
        CHECK_FALSE(MemoryBudget::Share(budget, 50, 0ms).granted());
        CHECK_FALSE(MemoryBudget::Share(budget, 101, 0ms).granted());
        CHECK(budget.figures().hashes == 1);
        CHECK(budget.figures().taken_kib == 60);
    }
    CHECK(budget.figures().hashes == 0);
    CHECK(budget.figures().taken_kib == 0);
    CHECK(budget.figures().refused == 2);
}

TEST_CASE("what is more than the whole budget is refused without a wait") {
    MemoryBudget budget(100);
    const auto began = std::chrono::steady_clock::now();
    CHECK_FALSE(MemoryBudget::Share(budget, 101, 10s).granted());
    CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("a hash waits for the memory that another one gives back") {
    MemoryBudget budget(100);
    std::atomic<bool> granted = false;
    std::jthread other;
    {
        const MemoryBudget::Share all(budget, 100, 0ms);
        other = std::jthread([&] { granted = MemoryBudget::Share(budget, 80, 10s).granted(); });
        std::this_thread::sleep_for(50ms);
        CHECK_FALSE(granted);
    }
    other.join();
    CHECK(granted);
}
