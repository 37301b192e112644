#pragma once

#include "mail/mail_url.hpp"
#include "mail/sender.hpp"

#include <signet/ports/mail.hpp>

#include <chrono>
#include <memory>

namespace signet::mail {

struct SmtpTimeouts {
    std::chrono::milliseconds connect{5'000};       // the name and TCP, with smtps:// also TLS
    std::chrono::milliseconds total{kMailSendMax};  // from the name to the server's last word
};

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

private:
    struct Close {
        void operator()(void* easy) const;
    };

    SmtpServer server_;
    Sender sender_;
    SmtpTimeouts timeouts_;
    std::unique_ptr<void, Close> easy_;
};

}  // namespace signet::mail
