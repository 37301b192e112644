#include "support/commit_cutter.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace signet::test {
namespace {

constexpr int kPollMs = 20;

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

bool pass(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

CommitCutter::CommitCutter(int server_port) : server_port_(server_port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, raw, size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, raw, &size) != 0) {
        throw std::runtime_error("the proxy cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

CommitCutter::~CommitCutter() {
    stopping_ = true;
    thread_.join();
    close(listener_);
}

// Serves one connection at a time, which is enough for one store.
void CommitCutter::serve() {
    while (!stopping_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (poll(&waiting, 1, kPollMs) <= 0) {
            continue;
        }
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(server_port_);
        if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            relay(client, server);
        }
        close(client);
        close(server);
    }
}

void CommitCutter::relay(int client, int server) {
    std::array<char, 16384> buffer{};
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    bool cut_next_answer = false;
    while (!stopping_) {
        if (poll(ends.data(), ends.size(), kPollMs) <= 0) {
            continue;
        }
        for (const pollfd& end : ends) {
            if (end.revents == 0) {
                continue;
            }
            const ssize_t got = recv(end.fd, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                return;
            }
            const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
            if (end.fd == server && cut_next_answer) {
                ++cuts_;
                return;
            }
            if (end.fd == client && bytes.find("COMMIT") != std::string_view::npos &&
                armed_.exchange(false)) {
                cut_next_answer = true;
            }
            if (!pass(end.fd == client ? server : client, bytes)) {
                return;
            }
        }
    }
}

}  // namespace signet::test
