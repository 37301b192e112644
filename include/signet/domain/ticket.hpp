#pragma once

#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet {

// What somebody may do who has a ticket or a code that was sent by mail.
enum class TicketPurpose : std::uint8_t {
    verify_email,
    change_email,
    reset_password,
    sign_in_link,
    sign_in_code,
    accept_invitation,
};
std::string_view to_string(TicketPurpose purpose);
std::optional<TicketPurpose> to_ticket_purpose(std::string_view text);

inline constexpr std::size_t kTicketBytes = 32;   // random ones
inline constexpr std::size_t kTicketLength = 43;  // in base64url
inline constexpr std::size_t kCodeDigits = 6;
inline constexpr std::int64_t kCodeTriesMax = 5;
inline constexpr std::int64_t kInvitationTtlS = std::int64_t{7} * 86400;

// A ticket before it is in the store. It is good for one use, and only while `address` is the one
// of the user.
struct NewTicket {
    UserId user;
    TicketPurpose purpose = TicketPurpose::verify_email;
    Text address;  // that it was sent to; for change_email the one that the user has now, or empty
    std::optional<Text> new_address = {};  // with change_email: that it was sent to
    std::optional<Text> redirect_to = {};  // where the page leads in the end
    // Of a signup that has to be verified: these become the user's with its ticket, because another
    // one may have signed up with the same address.
    std::optional<Text> username = {};
    std::optional<Text> password_hash = {};
    std::optional<SessionId> session = {};  // with change_email: that stays when it is used
    std::int64_t lifetime_s = 0;
    std::optional<Text> hash = {};  // by ticket_hash() or code_hash(); the store needs one
};

// A ticket that is good.
struct Ticket {
    UserId user;
    TicketPurpose purpose = TicketPurpose::verify_email;
    std::string address;
    std::optional<std::string> new_address;
    std::optional<std::string> redirect_to;
    std::optional<std::string> username;
    std::optional<std::string> password_hash;
    std::optional<SessionId> session;
    bool active = false;     // the user
    bool proven = false;     // whether the address of the user was proven before
    bool contested = false;  // whether several have signed up with it, and nobody has proven it
};

}  // namespace signet
