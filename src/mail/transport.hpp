#pragma once

#include <signet/ports/mail.hpp>
#include <signet/result.hpp>

#include <memory>
#include <string_view>

namespace signet::mail {

// Makes what delivers mails from the values of AUTH_MAIL_URL and AUTH_MAIL_FROM. The detail of an
// error says what is wrong with the one or the other, and holds no password.
Result<std::unique_ptr<MailTransport>> make_transport(std::string_view url, std::string_view from);

}  // namespace signet::mail
