#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace signet::cli {

inline constexpr std::size_t kPasswordLineBytesMax = 4096;

// A password, or why there is none.
struct PasswordRead {
    std::optional<config::SecretText> password;
    std::string_view fault;
};

// Asks for a new password on the terminal `fd`, twice and without echo. A signal (Ctrl-C, Ctrl-Z)
// finds the terminal as it was before. Where `fd` is no terminal, reads one line of it and asks
// nothing. Reads past every buffer, and wipes what it read.
PasswordRead read_new_password(int fd, std::ostream& prompt);

}  // namespace signet::cli
