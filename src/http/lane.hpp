#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace signet::http {

struct LaneOptions {
    std::string name;  // at most 15 characters: the threads' name
    std::size_t threads = 1;
    std::size_t queue_max = 256;  // jobs that wait; one more is refused
    int nice = 0;                 // added to the threads' nice value, so that I/O threads win
};

// A bounded queue before a few threads, each of which owns a Worker: its database connection, its
// Argon2 memory. A job is refused before it starts, or runs to its end; it is never cancelled.
template <class Worker>
class Lane {
public:
    using Job = std::function<void(Worker&)>;
    using Factory = std::function<std::unique_ptr<Worker>()>;

    // Each thread makes its own worker before its first job.
    Lane(LaneOptions options, Factory factory);
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    // False when the queue is full or the lane is stopping. Thread-safe, never blocks for long.
    bool try_submit(Job job);

    // Refuses new jobs, runs those that wait, joins the threads.
    void stop();

    std::size_t waiting() const;

private:
    void work();

    LaneOptions options_;
    Factory factory_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace signet::http
