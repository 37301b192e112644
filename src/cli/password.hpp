#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace signet::cli {

inline constexpr std::size_t kPasswordLineBytesMax = 4096;

// A password, or the reason why there is none.
struct PasswordRead {
    std::optional<config::SecretText> password;
    std::string_view fault;
};

// Asks for a new password on the terminal `fd`, twice and without echo. When a signal (Ctrl-C,
// Ctrl-Z) takes effect, the terminal is as it was before. If `fd` is not a terminal, reads one line
// from it and asks nothing. Uses no buffered stream, and wipes what it read.
PasswordRead read_new_password(int fd, std::ostream& prompt);

}  // namespace signet::cli
