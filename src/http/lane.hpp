#pragma once

#include "base/metrics.hpp"
#include "base/secret.hpp"
#include "http/fair_queue.hpp"
#include "http/thread_tuning.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace signet::http {

struct LaneOptions {
    std::string name;  // of the threads; at most 15 characters
    std::size_t threads = 1;
    std::size_t queue_max = 256;             // jobs that may wait
    std::size_t waiting_per_account = 256;   // those of them of one account
    std::size_t running_per_account = 1024;  // jobs of one account that may run at once
    // A job that has waited for longer is refused: its client has given up, or soon will.
    std::chrono::milliseconds wait_max = std::chrono::hours(1);
    int nice = 0;  // added to the threads' nice value, so that I/O threads come first
    // Called on the lane's thread with what a factory or a job threw. What it throws itself is
    // ignored. May be empty.
    std::function<void(std::string_view what)> on_error;
};

// What a lane has done so far, and is doing.
struct LaneFigures {
    std::size_t threads = 0;
    std::size_t waiting = 0;
    std::size_t running = 0;
    std::uint64_t refused = 0;  // jobs that found no place, lost it, or waited for too long
    DurationFigures waits;      // of the jobs that were started
};

// A bounded queue in front of a few threads, each of which owns a Worker with its database
// connection and its password hasher. Clients and accounts share it as FairQueue says. A job is
// either refused before it starts or runs to its end; it is never cancelled.
template <class Worker>
class Lane {
public:
    using Time = typename std::chrono::steady_clock::time_point;
    // Returns until when it counts as running for its account, although its thread is free.
    using Job = std::function<Time(Worker&)>;
    using Factory = std::function<std::unique_ptr<Worker>()>;
    using Refusal = std::function<void()>;

    // Each thread makes its worker before its first job. When the factory throws, it is called
    // again for the next job; a job without a worker is destroyed, and a Reply that it holds then
    // answers 500. An exception of a job ends that job only. Throws std::system_error when a thread
    // cannot be started.
    Lane(LaneOptions options, Factory factory);
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    // Returns false when the job finds no place or the lane is stopping. A job that was taken is
    // refused later if it waits for too long, or if a job of another client takes its place: then
    // `refuse` is called, on any thread. Thread-safe; blocks for a moment at most.
    bool try_submit(Job job, JobOwner owner = {}, Refusal refuse = {});
    // Submits a job that counts as running while it runs.
    template <class Action>
        requires std::is_void_v<std::invoke_result_t<Action&, Worker&>>
    bool try_submit(Action action, JobOwner owner = {}, Refusal refuse = {}) {
        return try_submit(Job([action = std::move(action)](Worker& worker) mutable {
                              action(worker);
                              return Time::min();
                          }),
                          std::move(owner), std::move(refuse));
    }

    // Thread-safe; blocks for a moment at most.
    LaneFigures figures() const;

    // Refuses new jobs, runs those that wait, and joins the threads. Must not be called from a job.
    // A second call does nothing.
    void stop();

private:
    struct Waiting {
        Job job;
        Refusal refuse;
    };
    using Queue = FairQueue<Waiting>;
    using Turn = typename Queue::Turn;

    void work();
    std::optional<Turn> take();
    void done(const JobOwner& owner, Time rest);
    // Takes what has waited for too long. The lock is held.
    std::optional<Turn> take_late(Time now);
    void refuse(std::optional<Turn> late) noexcept;
    void make_worker(std::unique_ptr<Worker>& worker) noexcept;
    // Runs what a job consists of, and reports what it throws.
    template <class Action>
    void run(const Action& action) noexcept;
    void report(std::string_view what) const noexcept;

    LaneOptions options_;
    Factory factory_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    Queue queue_;
    bool stopping_ = false;
    std::size_t running_ = 0;
    std::uint64_t refused_ = 0;
    Durations waits_;
    std::vector<std::jthread> threads_;
};

template <class Worker>
Lane<Worker>::Lane(LaneOptions options, Factory factory)
    : options_(std::move(options)),
      factory_(std::move(factory)),
      queue_({options_.queue_max, options_.waiting_per_account, options_.running_per_account}) {
    try {
        for (std::size_t i = 0; i < options_.threads; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    } catch (...) {
        stop();
        throw;
    }
}

template <class Worker>
bool Lane<Worker>::try_submit(Job job, JobOwner owner, Refusal refuse) {
    typename Queue::Pushed pushed;
    std::optional<Turn> late;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            return false;
        }
        const Time now = std::chrono::steady_clock::now();
        late = take_late(now);  // so that it does not keep the place from the new one
        pushed = queue_.push({std::move(job), std::move(refuse)}, std::move(owner), now);
        refused_ += (pushed.waits ? 0U : 1U) + (pushed.displaced ? 1U : 0U);
    }
    this->refuse(std::move(late));
    if (pushed.waits) {
        ready_.notify_one();
    }
    if (pushed.displaced && pushed.displaced->refuse) {
        run(pushed.displaced->refuse);
    }
    return pushed.waits;
}

template <class Worker>
LaneFigures Lane<Worker>::figures() const {
    const std::lock_guard lock(mutex_);
    return {options_.threads, queue_.size(), running_, refused_, waits_.figures()};
}

template <class Worker>
void Lane<Worker>::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    threads_.clear();  // joins
}

// Waits for a job whose turn it is, and refuses those that wait for too long meanwhile. Returns
// nothing when the lane has stopped and no job waits.
template <class Worker>
std::optional<typename Lane<Worker>::Turn> Lane<Worker>::take() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const Time now = std::chrono::steady_clock::now();
        if (std::optional<Turn> late = take_late(now)) {
            lock.unlock();
            refuse(std::move(late));
            lock.lock();
            continue;
        }
        if (std::optional<Turn> turn = queue_.pop(now)) {
            ++running_;
            waits_.add(now - turn->since);
            return turn;
        }
        if (stopping_ && queue_.empty()) {
            ready_.notify_all();
            return std::nullopt;
        }
        if (queue_.empty()) {
            ready_.wait(lock);
        } else {
            ready_.wait_until(lock,
                              std::min(queue_.next_rest(), queue_.oldest() + options_.wait_max));
        }
    }
}

template <class Worker>
std::optional<typename Lane<Worker>::Turn> Lane<Worker>::take_late(Time now) {
    std::optional<Turn> late = queue_.take_late(now - options_.wait_max);
    refused_ += late ? 1U : 0U;
    return late;
}

template <class Worker>
void Lane<Worker>::refuse(std::optional<Turn> late) noexcept {
    if (late && late->job.refuse) {
        run(late->job.refuse);
    }
}

template <class Worker>
void Lane<Worker>::done(const JobOwner& owner, Time rest) {
    {
        const std::lock_guard lock(mutex_);
        --running_;
        queue_.done(owner, rest, std::chrono::steady_clock::now());
    }
    ready_.notify_one();  // another job of the account may run now
}

template <class Worker>
void Lane<Worker>::work() {
    name_this_thread(options_.name);
    add_to_nice(options_.nice);
    std::unique_ptr<Worker> worker;
    make_worker(worker);
    while (std::optional<Turn> turn = take()) {
        Time rest = Time::min();
        if (!worker) {
            make_worker(worker);
        }
        if (worker) {
            run([&] { rest = turn->job.job(*worker); });
        }
        turn->job = {};  // frees what it captured now rather than with the next job
        wipe_dead_stack();
        done(turn->owner, rest);
    }
}

template <class Worker>
void Lane<Worker>::make_worker(std::unique_ptr<Worker>& worker) noexcept {
    try {
        worker = factory_();
    } catch (const std::exception& error) {
        report(error.what());
    } catch (...) {
        report("not an exception");
    }
}

template <class Worker>
template <class Action>
void Lane<Worker>::run(const Action& action) noexcept {
    try {
        action();
    } catch (const std::exception& error) {
        report(error.what());
    } catch (...) {
        report("not an exception");
    }
}

template <class Worker>
void Lane<Worker>::report(std::string_view what) const noexcept {
    try {
        if (options_.on_error) {
            options_.on_error(what);
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch): the lane goes on
    }
}

}  // namespace signet::http
