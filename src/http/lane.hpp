#pragma once

#include "base/secret.hpp"
#include "http/thread_tuning.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace signet::http {

struct LaneOptions {
    std::string name;  // of the threads; at most 15 characters
    std::size_t threads = 1;
    std::size_t queue_max = 256;  // jobs that may wait; one more is refused
    int nice = 0;  // added to the threads' nice value, so that I/O threads come first
    // Called on the lane's thread with what a factory or a job threw. What it throws itself is
    // ignored. May be empty.
    std::function<void(std::string_view what)> on_error;
};

// A bounded queue in front of a few threads, each of which owns a Worker with its database
// connection and its password hasher. A job is either refused before it starts or runs to its end;
// it is never cancelled.
template <class Worker>
class Lane {
public:
    using Job = std::function<void(Worker&)>;
    using Factory = std::function<std::unique_ptr<Worker>()>;

    // Each thread makes its worker before its first job. When the factory throws, it is called
    // again for the next job; a job without a worker is destroyed, and a Reply that it holds then
    // answers 500. An exception of a job ends that job only. Throws std::system_error when a thread
    // cannot be started.
    Lane(LaneOptions options, Factory factory);
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    // Returns false when the queue is full or the lane is stopping. Thread-safe; blocks for a
    // moment at most.
    bool try_submit(Job job);

    // Refuses new jobs, runs those that wait, and joins the threads. Must not be called from a job.
    // A second call does nothing.
    void stop();

private:
    void work();
    bool take(Job& job);
    void make_worker(std::unique_ptr<Worker>& worker) noexcept;
    void run(Job& job, Worker& worker) noexcept;
    void report(std::string_view what) const noexcept;

    LaneOptions options_;
    Factory factory_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

template <class Worker>
Lane<Worker>::Lane(LaneOptions options, Factory factory)
    : options_(std::move(options)), factory_(std::move(factory)) {
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
bool Lane<Worker>::try_submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || jobs_.size() >= options_.queue_max) {
            return false;
        }
        jobs_.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
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

// Waits for a job. Returns false when the lane has stopped and no job waits.
template <class Worker>
bool Lane<Worker>::take(Job& job) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) {
        return false;
    }
    job = std::move(jobs_.front());
    jobs_.pop_front();
    return true;
}

template <class Worker>
void Lane<Worker>::work() {
    name_this_thread(options_.name);
    add_to_nice(options_.nice);
    std::unique_ptr<Worker> worker;
    make_worker(worker);
    Job job;
    while (take(job)) {
        if (!worker) {
            make_worker(worker);
        }
        if (worker) {
            run(job, *worker);
        }
        job = nullptr;  // frees what it captured now rather than with the next job
        wipe_dead_stack();
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
void Lane<Worker>::run(Job& job, Worker& worker) noexcept {
    try {
        job(worker);
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
