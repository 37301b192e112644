#pragma once

#include "base/secret.hpp"
#include "http/thread_tuning.hpp"

#include <exception>
#include <utility>

namespace signet::http {

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

// Waits for a job. False: the lane has stopped, and nothing waits any more.
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
        job = nullptr;  // lets go of what it captured now, not with the next job
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
    } catch (...) {  // NOLINT(bugprone-empty-catch): the lane outlives a hook that breaks its word
    }
}

}  // namespace signet::http
