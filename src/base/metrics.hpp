#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace signet {

// Counts up. Any thread adds and reads; costs one locked instruction.
class Counter {
public:
    void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// The same where one thread at a time adds, such as the one that holds a lock: costs no more than a
// plain number. Any thread reads.
class OwnCounter {
public:
    void add(std::uint64_t count = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// The upper ends of the classes that durations are counted in; a last class has the longer ones.
inline constexpr std::array<std::int64_t, 12> kDurationBoundsUs{
    100,    500,     1'000,   5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 1'000'000, 2'500'000, 10'000'000};

// How many durations there were in each class, and their sum.
struct DurationFigures {
    std::array<std::uint64_t, kDurationBoundsUs.size() + 1> counts{};
    std::uint64_t sum_us = 0;

    std::uint64_t count() const;
    DurationFigures& operator+=(const DurationFigures& other);
};

// Counts durations. One thread at a time adds; any thread reads.
class Durations {
public:
    void add(std::chrono::nanoseconds duration);
    DurationFigures figures() const;

private:
    std::array<OwnCounter, kDurationBoundsUs.size() + 1> counts_;
    OwnCounter sum_us_;
};

// Writes the text format of Prometheus, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Names and labels are constants or
// come from the route table and the keys; values of labels are escaped. Not thread-safe.
class Exposition {
public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // Begins a metric; its samples follow. `type` is counter, gauge or histogram.
    void begin(std::string_view name, std::string_view type, std::string_view help);
    void add(const Labels& labels, double value);
    void add(double value) { add({}, value); }
    void add(const Labels& labels, const DurationFigures& durations);

    std::string take() { return std::move(text_); }

private:
    void sample(std::string_view suffix, const Labels& labels, std::string_view bound,
                double value);

    std::string text_;
    std::string name_;
};

inline constexpr std::string_view kExpositionMediaType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace signet
