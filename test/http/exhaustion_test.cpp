#include "support/raw_client.hpp"
#include "support/toy_server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace signet::test;
using namespace std::chrono_literals;

namespace {

// Takes every file descriptor of the process but one, under a limit that is low for the while.
class FewDescriptors {
public:
    FewDescriptors() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{std::min<rlim_t>(256, before_.rlim_cur), before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &few);
        for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0; fd = ::dup(fd)) {
            taken_.push_back(fd);
        }
        ::close(taken_.back());
        taken_.pop_back();
    }
    ~FewDescriptors() { give_back(); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

    void give_back() {
        for (const int fd : taken_) {
            ::close(fd);
        }
        taken_.clear();
        setrlimit(RLIMIT_NOFILE, &before_);
    }

private:
    rlimit before_{};
    std::vector<int> taken_;
};

// Makes the address space too small for more than one more thread.
class OneThreadLeft {
public:
    OneThreadLeft() {
        constexpr std::size_t kStackBytes = std::size_t{1} << 30U;
        pthread_attr_t large{};
        pthread_getattr_default_np(&before_);
        pthread_getattr_default_np(&large);
        pthread_attr_setstacksize(&large, kStackBytes);
        pthread_setattr_default_np(&large);
        pthread_attr_destroy(&large);
        getrlimit(RLIMIT_AS, &limit_);
        const rlimit tight{used_bytes() + kStackBytes + kStackBytes / 2, limit_.rlim_max};
        setrlimit(RLIMIT_AS, &tight);
    }
    ~OneThreadLeft() {
        setrlimit(RLIMIT_AS, &limit_);
        pthread_setattr_default_np(&before_);
        pthread_attr_destroy(&before_);
    }
    OneThreadLeft(const OneThreadLeft&) = delete;
    OneThreadLeft& operator=(const OneThreadLeft&) = delete;

private:
    static std::size_t used_bytes() {
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    }

    pthread_attr_t before_{};
    rlimit limit_{};
};

}  // namespace

TEST_CASE("a server that cannot have all its threads says so, and waits for none of them") {
    signet::SystemClock clock;
    signet::SystemRandom random;
    const signet::Log log(signet::LogLevel::error, signet::LogFormat::json);
    signet::http::ServerOptions options;
    options.port = 0;
    options.io_threads = 4;
    signet::http::Server server(options, {}, clock, random, log);
    const OneThreadLeft scarce;
    CHECK_THROWS_AS(server.run(), std::system_error);
}

TEST_CASE("without file descriptors the server waits without spinning, and accepts again (F-27)") {
    ToyServer toy;
    FewDescriptors few;
    RawClient client(toy.port());
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(300ms);
    CHECK(std::clock() - before < CLOCKS_PER_SEC / 10);
    CHECK(toy.handled() == 0);
    few.give_back();
    CHECK(client.read_answer()->status == 200);
}
