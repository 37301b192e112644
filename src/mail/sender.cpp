#include "mail/sender.hpp"

#include "base/ascii.hpp"

#include <signet/domain/text.hpp>
#include <signet/domain/user.hpp>

#include <cstddef>
#include <utility>

namespace signet::mail {
namespace {

constexpr std::size_t kNameBytesMax = 255;
constexpr std::string_view kLocalhost = "@localhost";

}  // namespace

bool is_mail_address(std::string_view text) {
    const bool is_local = text.ends_with(kLocalhost);
    return new_email(std::string(text) + (is_local ? ".example" : "")).has_value();
}

Result<Sender> read_sender(std::string_view text) {
    std::string_view name;
    std::string_view address = trim(text);
    if (const std::size_t open = address.rfind('<'); open != std::string_view::npos) {
        if (!address.ends_with('>')) {
            return Error{Errc::invalid_input, "has a < without a > at the end"};
        }
        name = trim(address.substr(0, open));
        address = address.substr(open + 1, address.size() - open - 2);
    }
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
        name = name.substr(1, name.size() - 2);
    }
    if (name.size() > kNameBytesMax || !Text::from(name) || has_control_character(name)) {
        return Error{Errc::invalid_input, "has a name that is too long or has control characters"};
    }
    if (!is_mail_address(address)) {
        return Error{Errc::invalid_input, "has no address such as signet@example.org"};
    }
    return Sender{std::string(name), std::string(address)};
}

}  // namespace signet::mail
