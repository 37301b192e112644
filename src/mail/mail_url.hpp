#pragma once

#include <signet/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace signet::mail {

enum class SmtpTls : std::uint8_t {
    starttls,  // the connection begins in the clear, and nothing is sent before it is encrypted
    at_once,   // smtps
    off,
};

struct SmtpServer {
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 0;
    SmtpTls tls = SmtpTls::starttls;
    std::string user;  // empty: the server asks for none
    std::string password;
};

// Mails become files in this directory.
struct MailFolder {
    std::string path;
};

using MailTarget = std::variant<SmtpServer, MailFolder>;

// Reads smtp://user:password@host:587, with ?tls=off where the server has no TLS,
// smtps://user:password@host:465, or file:DIRECTORY. User and password are percent-decoded. The
// detail of the error says what is wrong and holds no part of the text. Whoever takes the password
// wipes it.
Result<MailTarget> read_mail_url(std::string_view text);

}  // namespace signet::mail
