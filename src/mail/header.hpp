#pragma once

#include "mail/sender.hpp"

#include <signet/ports/mail.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::mail {

// The header of a message (RFC 5322), for whichever way it takes.

// Returns a text in the form that a header takes: as it is if it is short ASCII, or else as encoded
// words (RFC 2047), folded. What is no UTF-8, and control characters, are replaced by U+FFFD, so
// that no text can begin another header.
std::string header_text(std::string_view text);

// Returns the fields of the header but Content-Type, without line breaks at their ends. `now_s` is
// Unix time.
std::vector<std::string> header_fields(const Mail& mail, const Sender& sender, std::int64_t now_s);

}  // namespace signet::mail
