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
    std::chrono::milliseconds total{30'000};  // until the server's word about the mail
    // For one reply. After the total it is how long the server may take to say goodbye.
    std::chrono::seconds reply{20};
};
static_assert(SmtpTimeouts().total + SmtpTimeouts().reply <= kMailSendMax);

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
    // libcurl notices it within a second.
    void stop_by(std::chrono::steady_clock::time_point time) override;

private:
    struct Close {
        void operator()(void* easy) const;
    };

    SmtpServer server_;
    Sender sender_;
    SmtpTimeouts timeouts_;
    std::atomic<std::chrono::steady_clock::time_point> end_{
        std::chrono::steady_clock::time_point::max()};
    std::unique_ptr<void, Close> easy_;
};

}  // namespace signet::mail
