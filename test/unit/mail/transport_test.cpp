#include "mail/transport.hpp"

#include "mail/mail_directory.hpp"
#include "mail/smtp.hpp"
#include "support/temp_dir.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using signet::Delivery;
using signet::DeliveryOutcome;
using signet::Mail;
using signet::mail::MailDirectory;
using signet::mail::make_transport;
using signet::mail::SmtpServer;
using signet::mail::SmtpTls;
using signet::mail::SmtpTransport;
using signet::test::TempDir;

namespace {

const signet::mail::Sender kSender{"Signet", "signet@example.org"};

Mail some_mail() {
    return {.id = "0190-a",
            .to = "ada@example.org",
            .subject = "Grüße",
            .text = "Hallo,\n\nhttps://auth.example.org/verify?ticket=t1\n",
            .html = "<p>Grüße</p>\n"};
}

// A port of this machine on which connections are taken, and nothing is ever said.
class SilentServer {
public:
    SilentServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(fd_, any, size) == 0);
        REQUIRE(::listen(fd_, 4) == 0);
        REQUIRE(::getsockname(fd_, any, &size) == 0);
        port = ntohs(address.sin_port);
    }
    ~SilentServer() { ::close(fd_); }
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;

    std::uint16_t port = 0;

protected:
    int fd_;
};

// Refuses the mail of the one client that comes, and does not say goodbye to it.
class RudeServer : public SilentServer {
public:
    RudeServer() : thread_([this] { serve(); }) {}
    ~RudeServer() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
    }

private:
    void serve() const {
        const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
        std::string_view reply = "220 hello\r\n";
        std::string heard(4096, '\0');
        do {
            if (::send(client, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) {
                break;
            }
            const ssize_t got = ::recv(client, heard.data(), heard.size(), 0);
            const std::string_view line(heard.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
            if (line.empty()) {
                break;
            }
            reply = line.starts_with("EHLO")   ? "250 hello\r\n"
                    : line.starts_with("QUIT") ? ""
                                               : "550 5.1.1 nobody here\r\n";
        } while (true);
        ::close(client);
    }

    std::thread thread_;
};

SmtpServer server_at(std::uint16_t port) {
    return {.host = "127.0.0.1",
            .port = port,
            .tls = SmtpTls::starttls,
            .user = "ann",
            .password = "hunter2"};
}

}  // namespace

TEST_CASE("a mail server that says nothing costs no more than the time-out, and the mail is kept") {
    using namespace std::chrono_literals;
    const SilentServer silent;
    SmtpTransport transport(server_at(silent.port), kSender,
                            {.connect = 200ms, .total = 300ms, .reply = 1s});
    const auto begin = std::chrono::steady_clock::now();
    const Delivery delivery = transport.send(some_mail());
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK(delivery.outcome == DeliveryOutcome::later);
    CHECK_FALSE(delivery.misconfigured);
    CHECK(delivery.down);
    CHECK(delivery.reason.starts_with("127.0.0.1:"));
    CHECK(delivery.reason.find("hunter2") == std::string::npos);
}

TEST_CASE("a mail that is being sent is broken off by the time that it is told") {
    using namespace std::chrono_literals;
    const SilentServer silent;
    SmtpTransport transport(server_at(silent.port), kSender);
    const auto begin = std::chrono::steady_clock::now();
    std::jthread other([&] {
        std::this_thread::sleep_for(200ms);
        transport.stop_by(begin + 500ms);
    });
    const Delivery delivery = transport.send(some_mail());
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK(delivery.outcome == DeliveryOutcome::later);
    CHECK_FALSE(delivery.misconfigured);
    CHECK(transport.send(some_mail()).outcome == DeliveryOutcome::later);
    CHECK(std::chrono::steady_clock::now() - begin < 6s);
}

TEST_CASE("a mail server that does not say goodbye holds nobody up") {
    using namespace std::chrono_literals;
    const RudeServer rude;
    SmtpServer server = server_at(rude.port);
    server.tls = SmtpTls::off;
    SmtpTransport transport(server, kSender, {.connect = 2s, .total = 2s, .reply = 1s});
    const auto begin = std::chrono::steady_clock::now();
    const Delivery delivery = transport.send(some_mail());
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    CHECK(delivery.outcome == DeliveryOutcome::refused);
    CHECK_FALSE(delivery.down);
    CHECK(delivery.reason.ends_with(": 550 5.1.1 nobody here"));
}

TEST_CASE("a mail server that is not there is tried again later") {
    std::uint16_t port = 0;
    {
        const SilentServer gone;
        port = gone.port;
    }
    SmtpTransport transport(server_at(port), kSender);
    const Delivery delivery = transport.send(some_mail());
    CHECK(delivery.outcome == DeliveryOutcome::later);
    CHECK_FALSE(delivery.misconfigured);
}

TEST_CASE("an address that no mail can have is refused without asking the server") {
    const SilentServer silent;
    SmtpTransport transport(server_at(silent.port), kSender);
    for (const char* to :
         {"", "ada", "a@example.org>\r\nRCPT TO:<eve@example.org", "ü@example.org"}) {
        Mail mail = some_mail();
        mail.to = to;
        CHECK(transport.send(mail).outcome == DeliveryOutcome::refused);
    }
}

TEST_CASE("a mail becomes a file that only its owner reads, and nothing else is left") {
    const TempDir parent;
    const std::string folder = parent.str() + "/mail";
    MailDirectory directory(folder, kSender);
    const Delivery delivery = directory.send(some_mail());
    REQUIRE(delivery.outcome == DeliveryOutcome::delivered);
    CHECK(directory
              .send({.id = "0190-b", .to = "b@example.org", .subject = "x", .text = "", .html = ""})
              .outcome == DeliveryOutcome::delivered);
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path());
    }
    REQUIRE(names.size() == 2);
    struct stat status{};
    REQUIRE(::stat(delivery.reason.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    REQUIRE(::stat(folder.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700);
    CHECK(delivery.reason.ends_with("Z-0190-a.eml"));
    const std::string text = parent.read(delivery.reason.substr(parent.str().size() + 1));
    CHECK(text.find("\nhttps://auth.example.org/verify?ticket=t1\n") != std::string::npos);
    CHECK(text.find('\r') == std::string::npos);
}

TEST_CASE("a directory that cannot be written is a fault of the configuration") {
    const TempDir parent;
    parent.write("file", "x");
    for (const std::string& path : {parent.str() + "/file", parent.str() + "/missing/mail"}) {
        const Delivery delivery = MailDirectory(path, kSender).send(some_mail());
        CHECK(delivery.outcome == DeliveryOutcome::later);
        CHECK(delivery.misconfigured);
        CHECK(delivery.reason.find(path) != std::string::npos);
    }
}

TEST_CASE("the settings make the transport that they name") {
    const TempDir parent;
    CHECK(make_transport("file:" + parent.str(), "a@example.org").has_value());
    CHECK(make_transport("smtp://ann:b@localhost", "A <a@example.org>").has_value());
    CHECK_FALSE(make_transport("smtp://ann:b@localhost", "A").has_value());
    CHECK_FALSE(make_transport("smtp://", "a@example.org").has_value());
}
