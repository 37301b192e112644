#pragma once

#include <signet/domain/rate_limit.hpp>
#include <signet/domain/redirects.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace signet {

// Whether an address has to be proven by a mail.
enum class EmailVerification : std::uint8_t {
    off,
    optional,  // a mail is sent, and nothing depends on it
    required,  // nobody signs in before
};

// The longest time of a limit of mails. What was counted before is forgotten.
inline constexpr std::int64_t kMailLimitMaxS = std::int64_t{31} * 86400;

// What the operator has configured for mails and events.
struct MailPolicy {
    bool on = false;  // without it no mail is sent
    EmailVerification verification = EmailVerification::off;
    std::string issuer;  // where links lead
    RedirectPolicy redirects;
    bool ends_here = false;         // no application is named: links end at a page of our own
    std::vector<RateLimit> limits;  // of mails to one address, and to one user; none: off
    std::int64_t ticket_ttl_s = 3600;
    std::int64_t code_ttl_s = 600;
    bool events = false;  // whether events are to be posted
};

}  // namespace signet
