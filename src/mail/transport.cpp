#include "mail/transport.hpp"

#include "mail/mail_directory.hpp"
#include "mail/mail_url.hpp"
#include "mail/sender.hpp"
#include "mail/smtp.hpp"

#include <utility>
#include <variant>

namespace signet::mail {

Result<std::unique_ptr<MailTransport>> make_transport(std::string_view url, std::string_view from) {
    auto sender = read_sender(from);
    if (!sender) {
        return sender.error();
    }
    auto target = read_mail_url(url);
    if (!target) {
        return target.error();
    }
    std::unique_ptr<MailTransport> transport;
    if (auto* const folder = std::get_if<MailFolder>(&*target)) {
        transport = std::make_unique<MailDirectory>(std::move(folder->path), *std::move(sender));
    } else {
        transport = std::make_unique<SmtpTransport>(std::get<SmtpServer>(std::move(*target)),
                                                    *std::move(sender));
    }
    return transport;
}

}  // namespace signet::mail
