#pragma once

#include <signet/domain/ticket.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace signet {

// Returns the text of a new ticket, for a mail.
std::string make_ticket(Random& random);
// Returns six digits, all of which are as likely.
std::string make_code(Random& random);

// What the store knows a ticket by. Returns nothing for a text that no ticket has.
std::optional<Text> ticket_hash(std::string_view ticket);
// What the store knows a code of the user by: a keyed hash, because six digits can be tried out.
Text code_hash(const UserId& user, std::string_view code, const SessionSealer& sealer);

}  // namespace signet
