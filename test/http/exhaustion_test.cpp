#include "support/raw_client.hpp"
#include "support/toy_server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
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

}  // namespace

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
