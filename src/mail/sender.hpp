#pragma once

#include <signet/result.hpp>

#include <string>
#include <string_view>

namespace signet::mail {

// From whom all mails are.
struct Sender {
    std::string name;  // UTF-8 without control characters; may be empty
    std::string address;

    // What follows the @. Message-IDs and the greeting of the server have it.
    std::string domain() const { return address.substr(address.rfind('@') + 1); }
};

// Whether mails can be sent to or from the address: the rules of new addresses, and localhost. Of
// an adopted table, others may come.
bool is_mail_address(std::string_view text);

// Reads `address` or `Name <address>`; quotes around the name are left out. The detail of the error
// says what is wrong.
Result<Sender> read_sender(std::string_view text);

}  // namespace signet::mail
