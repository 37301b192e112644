#pragma once

#include "mail/sender.hpp"

#include <signet/ports/mail.hpp>

#include <string>

namespace signet::mail {

// Writes mails into a directory instead of sending them, for development and tests. Each is a file
// TIME-id.eml of mode 0600, which appears whole. Its texts are not encoded, so that people can read
// them. The directory is made, with mode 0700, where it is missing.
class MailDirectory final : public MailTransport {
public:
    MailDirectory(std::string path, Sender sender);

    // The reason is the path of the file.
    Delivery send(const Mail& mail) override;

private:
    std::string path_;
    Sender sender_;
};

}  // namespace signet::mail
