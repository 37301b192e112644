#include "http/lane.hpp"

#include <doctest/doctest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using signet::http::Lane;
using signet::http::LaneOptions;

namespace {

struct Worker {
    int jobs = 0;  // belongs to one thread: not atomic, so that TSan sees a second one
};

LaneOptions options(std::size_t threads, std::size_t queue_max) {
    LaneOptions result;
    result.name = "test-lane";
    result.threads = threads;
    result.queue_max = queue_max;
    return result;
}

std::unique_ptr<Worker> make_worker() {
    return std::make_unique<Worker>();
}

// Keeps a thread of a lane busy until it is let go.
class Plug {
public:
    explicit Plug(Lane<Worker>& lane) {
        auto started = std::make_shared<std::promise<void>>();
        auto running = started->get_future();
        REQUIRE(lane.try_submit([started, wait = release_.get_future().share()](Worker&) {
            started->set_value();
            wait.wait();
        }));
        running.wait();
    }
    ~Plug() { release(); }
    Plug(const Plug&) = delete;
    Plug& operator=(const Plug&) = delete;

    void release() {
        if (!released_) {
            released_ = true;
            release_.set_value();
        }
    }

private:
    std::promise<void> release_;
    bool released_ = false;
};

}  // namespace

TEST_CASE("a lane says how many jobs wait and run, how long they waited, and how many it refused") {
    Lane<Worker> lane(options(1, 1), make_worker);
    {
        Plug plug(lane);
        CHECK(lane.try_submit([](Worker&) {}));
        CHECK_FALSE(lane.try_submit([](Worker&) {}));
        const auto figures = lane.figures();
        CHECK(figures.threads == 1);
        CHECK(figures.running == 1);
        CHECK(figures.waiting == 1);
        CHECK(figures.refused == 1);
    }
    lane.stop();
    CHECK(lane.figures().running == 0);
    CHECK(lane.figures().waiting == 0);
    CHECK(lane.figures().waits.count() == 2);
}

TEST_CASE("a lane runs every job that it took, whoever submitted it") {
    std::atomic<int> done{0};
    std::atomic<int> taken{0};
    {
        Lane<Worker> lane(options(4, 100), make_worker);
        std::vector<std::jthread> submitters;
        for (int i = 0; i < 4; ++i) {
            submitters.emplace_back([&] {
                for (int k = 0; k < 1000; ++k) {
                    taken += lane.try_submit([&](Worker& worker) {
                        ++worker.jobs;
                        ++done;
                    });
                }
            });
        }
    }
    CHECK(taken > 0);
    CHECK(done == taken);
}

TEST_CASE("a lane gives every thread a worker of its own") {
    std::mutex mutex;
    std::set<Worker*> workers;
    std::atomic<int> arrived{0};
    {
        Lane<Worker> lane(options(3, 100), make_worker);
        for (int i = 0; i < 3; ++i) {
            lane.try_submit([&](Worker& worker) {
                {
                    const std::lock_guard lock(mutex);
                    workers.insert(&worker);
                }
                ++arrived;
                while (arrived < 3) {
                    std::this_thread::yield();
                }
            });
        }
    }
    CHECK(workers.size() == 3);
}

TEST_CASE("a lane refuses the job beyond its queue, before it starts") {
    Lane<Worker> lane(options(1, 2), make_worker);
    Plug plug(lane);
    std::atomic<int> done{0};
    const auto count = [&](Worker&) { ++done; };
    CHECK(lane.try_submit(count));
    CHECK(lane.try_submit(count));
    CHECK_FALSE(lane.try_submit(count));
    plug.release();
    lane.stop();
    CHECK(done == 2);
}

TEST_CASE("a lane that stops runs what waits, and refuses what comes") {
    Lane<Worker> lane(options(1, 10), make_worker);
    Plug plug(lane);
    std::atomic<int> done{0};
    for (int i = 0; i < 5; ++i) {
        CHECK(lane.try_submit([&](Worker&) { ++done; }));
    }
    std::jthread stopper([&] { lane.stop(); });
    while (lane.try_submit([](Worker&) {})) {
        std::this_thread::sleep_for(1ms);
    }
    plug.release();
    stopper.join();
    CHECK(done == 5);
    lane.stop();
}

TEST_CASE("of one account one job runs at a time, and the jobs of others pass it") {
    LaneOptions one_each = options(3, 100);
    one_each.running_per_account = 1;
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    std::atomic<int> others{0};
    {
        Lane<Worker> lane(one_each, make_worker);
        const auto other = [&](Worker&) { ++others; };
        for (int i = 0; i < 20; ++i) {
            lane.try_submit(
                [&](Worker&) {
                    most = std::max<int>(most, ++running);
                    std::this_thread::sleep_for(1ms);
                    --running;
                    ++done;
                },
                {{}, "ada"});
            lane.try_submit(other, {{}, "other" + std::to_string(i)});
            lane.try_submit(other);
        }
        for (int i = 0; i < 1000 && others < 40; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        CHECK(others == 40);
        CHECK(done < 20);
    }
    CHECK(done == 20);
    CHECK(most == 1);
}

TEST_CASE("a job whose place another client's job takes is refused, and never runs") {
    Lane<Worker> lane(options(1, 2), make_worker);
    Plug plug(lane);
    std::atomic<int> done{0};
    std::atomic<int> refused{0};
    const auto submit = [&](const char* client) {
        return lane.try_submit([&](Worker&) { ++done; }, {*signet::IpAddress::from(client), {}},
                               [&] { ++refused; });
    };
    CHECK(submit("192.0.2.1"));
    CHECK(submit("192.0.2.1"));
    CHECK(submit("192.0.2.2"));
    CHECK(refused == 1);
    CHECK_FALSE(submit("192.0.2.2"));
    CHECK(refused == 1);
    plug.release();
    lane.stop();
    CHECK(done == 2);
}

TEST_CASE("a job that has waited for too long is refused, and never runs") {
    LaneOptions impatient = options(1, 10);
    impatient.wait_max = 5ms;
    Lane<Worker> lane(impatient, make_worker);
    std::atomic<int> done{0};
    std::atomic<int> refused{0};
    {
        Plug plug(lane);
        CHECK(lane.try_submit([&](Worker&) { ++done; }, {}, [&] { ++refused; }));
        std::this_thread::sleep_for(20ms);
    }
    lane.stop();
    CHECK(refused == 1);
    CHECK(done == 0);
}

TEST_CASE("a job that throws is reported, and the lane goes on") {
    std::mutex mutex;
    std::vector<std::string> reports;
    std::atomic<bool> done{false};
    LaneOptions reporting = options(1, 10);
    reporting.on_error = [&](std::string_view what) {
        const std::lock_guard lock(mutex);
        reports.emplace_back(what);
    };
    {
        Lane<Worker> lane(reporting, make_worker);
        lane.try_submit([](Worker&) { throw std::runtime_error("as told"); });
        lane.try_submit([](Worker&) { throw 7; });
        lane.try_submit([&](Worker&) { done = true; });
    }
    CHECK(done);
    CHECK(reports == std::vector<std::string>{"as told", "not an exception"});
}

TEST_CASE("an error hook that throws ends neither the lane nor the process") {
    std::atomic<bool> done{false};
    LaneOptions reporting = options(1, 10);
    reporting.on_error = [](std::string_view) { throw std::runtime_error("no memory to log"); };
    {
        Lane<Worker> lane(reporting, make_worker);
        lane.try_submit([](Worker&) { throw std::runtime_error("as told"); });
        lane.try_submit([&](Worker&) { done = true; });
    }
    CHECK(done);
}

TEST_CASE("a factory that throws is asked again with the next job, and the job goes unrun") {
    std::atomic<int> asked{0};
    std::atomic<int> done{0};
    std::atomic<int> errors{0};
    LaneOptions reporting = options(1, 10);
    reporting.on_error = [&](std::string_view) { ++errors; };
    const auto guard = std::make_shared<int>(0);
    {
        Lane<Worker> lane(reporting, [&]() -> std::unique_ptr<Worker> {
            if (++asked <= 3) {
                throw std::runtime_error("no database");
            }
            return make_worker();
        });
        for (int i = 0; i < 4; ++i) {
            lane.try_submit([&, guard](Worker&) { ++done; });
        }
    }
    CHECK(asked == 4);  // once at the start, then for three jobs
    CHECK(errors == 3);
    CHECK(done == 2);
    CHECK(guard.use_count() == 1);
}

TEST_CASE("a lane lets go of a job's captures when the job is done") {
    Lane<Worker> lane(options(1, 10), make_worker);
    auto captured = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = captured;
    lane.try_submit([captured = std::move(captured)](Worker&) {});
    for (int i = 0; i < 1000 && !watch.expired(); ++i) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(watch.expired());
}

TEST_CASE("a lane's threads carry its name, cut to what the kernel takes") {
    LaneOptions named = options(1, 10);
    named.name = "a-name-that-is-too-long";
    std::promise<std::string> name;
    Lane<Worker> lane(named, make_worker);
    lane.try_submit([&](Worker&) {
        std::array<char, 16> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        name.set_value(text.data());
    });
    CHECK(name.get_future().get() == "a-name-that-is-");
}
