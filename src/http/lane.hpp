#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace signet::http {

struct LaneOptions {
    std::string name;  // at most 15 characters: the threads' name
    std::size_t threads = 1;
    std::size_t queue_max = 256;  // jobs that wait; one more is refused
    int nice = 0;                 // added to the threads' nice value, so that I/O threads win
    // Told what a factory or a job threw, on the lane's thread. Should not throw: what it throws is
    // dropped. May be empty.
    std::function<void(std::string_view what)> on_error;
};

// A bounded queue before a few threads, each of which owns a Worker: its database connection, its
// password hasher. A job is refused before it starts, or runs to its end; it is never cancelled.
template <class Worker>
class Lane {
public:
    using Job = std::function<void(Worker&)>;
    using Factory = std::function<std::unique_ptr<Worker>()>;

    // Each thread makes its own worker before its first job. A factory that throws is asked again
    // for the next job; the job that found no worker is destroyed unrun, which a Reply that it
    // holds turns into a 500. Jobs should not throw; one that does ends itself only. Throws
    // std::system_error when a thread cannot be had.
    Lane(LaneOptions options, Factory factory);
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    // False when the queue is full or the lane is stopping. Thread-safe, never blocks for long.
    bool try_submit(Job job);

    // Refuses new jobs, runs those that wait, joins the threads. Not from a job. A second call does
    // nothing.
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

}  // namespace signet::http

#include "http/lane.ipp"  // IWYU pragma: export
