#include <signet/domain/ticket.hpp>

#include <array>
#include <utility>

namespace signet {
namespace {

constexpr std::array<std::pair<TicketPurpose, std::string_view>, 6> kNames{{
    {TicketPurpose::verify_email, "verify-email"},
    {TicketPurpose::change_email, "change-email"},
    {TicketPurpose::reset_password, "reset-password"},
    {TicketPurpose::sign_in_link, "sign-in-link"},
    {TicketPurpose::sign_in_code, "sign-in-code"},
    {TicketPurpose::accept_invitation, "invitation"},
}};

}  // namespace

std::string_view to_string(TicketPurpose purpose) {
    for (const auto& [known, name] : kNames) {
        if (known == purpose) {
            return name;
        }
    }
    return {};
}

std::optional<TicketPurpose> to_ticket_purpose(std::string_view text) {
    for (const auto& [purpose, name] : kNames) {
        if (name == text) {
            return purpose;
        }
    }
    return std::nullopt;
}

}  // namespace signet
