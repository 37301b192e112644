#include "support/raw_client.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace signet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::optional<RawAnswer> take_answer(std::string& wire, bool to_head) {
    const std::size_t end = wire.find("\r\n\r\n");
    if (end == std::string::npos) {
        return std::nullopt;
    }
    RawAnswer answer;
    answer.head = wire.substr(0, end + 4);
    if (answer.head.size() > 12 && answer.head.starts_with("HTTP/1.1 ")) {
        answer.status = std::stoi(answer.head.substr(9, 3));
    }
    const std::string length = answer.header("content-length");
    const std::size_t body = length.empty() || to_head ? 0 : std::stoul(length);
    if (wire.size() < end + 4 + body) {
        return std::nullopt;
    }
    answer.body = wire.substr(end + 4, body);
    wire.erase(0, end + 4 + body);
    return answer;
}

}  // namespace

std::string RawAnswer::header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
        at += 2;
        const std::size_t colon = head.find(':', at);
        const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
        if (colon != std::string::npos && colon - at == name.size() &&
            std::equal(name.begin(), name.end(), head.begin() + static_cast<long>(at), same)) {
            const std::size_t value = colon + 2;
            return head.substr(value, head.find("\r\n", value) - value);
        }
    }
    return {};
}

RawClient::RawClient(std::uint16_t port, const char* host, std::size_t receive_buffer_bytes) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* address = nullptr;
    if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &address) != 0) {
        fail("getaddrinfo");
    }
    fd_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0) {
        const int bytes = static_cast<int>(receive_buffer_bytes);
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    }
    const timeval patience{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    const int failed = ::connect(fd_, address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    if (failed != 0) {
        ::close(fd_);
        fail("connect");
    }
}

RawClient::~RawClient() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawClient::finish_sending() {
    ::shutdown(fd_, SHUT_WR);
}

void RawClient::reset() {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    ::close(fd_);
    fd_ = -1;
}

long RawClient::receive(milliseconds patience) {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(std::max<long>(0, patience.count()))) <= 0) {
        return -1;
    }
    std::array<char, 65536> bytes{};
    const ssize_t size = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (size > 0) {
        received_.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return std::max<long>(0, size);  // a reset counts as closed
}

std::string RawClient::read_all(milliseconds patience) {
    const auto end = steady_clock::now() + patience;
    const auto left = [&] {
        return std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    };
    while (left().count() > 0 && receive(left()) > 0) {
    }
    return std::exchange(received_, {});
}

std::optional<RawAnswer> RawClient::read_answer(bool to_head) {
    for (;;) {
        if (auto answer = take_answer(received_, to_head)) {
            return answer;
        }
        if (receive(std::chrono::seconds(5)) <= 0) {
            return std::nullopt;
        }
    }
}

bool RawClient::closed(milliseconds patience) {
    const auto end = steady_clock::now() + patience;
    long size = 1;
    while (size > 0) {
        size = receive(std::chrono::duration_cast<milliseconds>(end - steady_clock::now()));
    }
    return size == 0;
}

std::string ask(std::uint16_t port, std::string_view bytes) {
    RawClient client(port);
    client.send(bytes);
    return client.read_all();
}

std::vector<RawAnswer> split_answers(std::string_view wire) {
    std::string rest(wire);
    std::vector<RawAnswer> answers;
    while (auto answer = take_answer(rest, false)) {
        answers.push_back(std::move(*answer));
    }
    return answers;
}

}  // namespace signet::test
