#pragma once

#include "mail/mail_url.hpp"
#include "mail/sender.hpp"

#include <signet/ports/mail.hpp>

#include <atomic>
#include <chrono>
#include <memory>

namespace signet::mail {

struct SmtpTimeouts {
    // Until mails can be sent: the name, TCP, TLS, the greetings and the password.
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds total{30'000};  // until the server takes the message
    std::chrono::seconds reply{20};           // for one reply before that
    // For the server's word about the message. It is longer, since a server that checks a message
    // while we hang up has it, and gets it again (RFC 5321 section 4.5.3.2.6).
    std::chrono::seconds message{100};
};
static_assert(SmtpTimeouts().total + SmtpTimeouts().message <= kMailSendMax);

// Hands mails to a mail server over libcurl, which also builds the MIME message. Keeps the
// connection for the next mail. Certificates are checked against those of the system, or of
// SSL_CERT_FILE; neither .netrc nor the proxies of the environment play a part.
class SmtpTransport final : public MailTransport {
public:
    // Throws std::runtime_error if this libcurl lacks something that is relied on.
    SmtpTransport(SmtpServer server, Sender sender, SmtpTimeouts timeouts = {});
    ~SmtpTransport() override;
    SmtpTransport(const SmtpTransport&) = delete;
    SmtpTransport& operator=(const SmtpTransport&) = delete;

    Delivery send(const Mail& mail) override;
    // Connects, encrypts and signs in as for a mail, sends none, and hangs up. `delivered` says
    // that a mail could follow.
    Delivery greet();
    // libcurl notices it within a second.
    void stop_by(std::chrono::steady_clock::time_point time) override;

private:
    struct Close {
        void operator()(void* easy) const;
    };

    // Sets what every connection has in common. `url` has to live as long as the transfer.
    void set_up(const std::string& url);
    // Runs the transfer, and judges how it ended.
    Delivery perform();
    // Ends the connection without waiting for anything.
    void hang_up();

    SmtpServer server_;
    Sender sender_;
    SmtpTimeouts timeouts_;
    std::atomic<std::chrono::steady_clock::time_point> end_{
        std::chrono::steady_clock::time_point::max()};
    std::unique_ptr<void, Close> easy_;
    // Whether the last answer of the server is still to come, and would be taken for one to the
    // next mail.
    bool late_ = false;
};

}  // namespace signet::mail
