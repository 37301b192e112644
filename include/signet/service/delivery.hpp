#pragma once

#include <signet/ports/events.hpp>
#include <signet/ports/mail.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/result.hpp>
#include <signet/service/recovery.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// Delivers what is in the outbox.
namespace signet {

// A row that is being delivered is left alone by others for so long. It is longer than any delivery
// may take, so that nothing is sent twice but after a crash.
inline constexpr std::int64_t kLeaseS = 150;
static_assert(kMailSendMax.count() < kLeaseS && kEventPostMax.count() < kLeaseS);
inline constexpr std::int64_t kFirstPauseMs = 1000;
inline constexpr std::int64_t kLongestPauseMs = std::int64_t{3600} * 1000;
inline constexpr std::int64_t kGivenUpAfterS = 86400;
// The same for a row that cannot be opened. Another replica may have the key that it needs, while
// keys are changed; a day would be too long for an operator to hear of it.
inline constexpr std::int64_t kUnopenedGivenUpAfterS = 3600;

// Returns the pause after a failed attempt, the first of which has the number 1: it doubles from
// the first to the longest. Returns nothing if there is to be no other, because the time is over.
std::optional<std::int64_t> pause_after(std::int64_t attempts, std::int64_t age_s,
                                        std::int64_t given_up_after_s = kGivenUpAfterS);

// What the log hears of a delivery.
struct DeliveryReport {
    std::string_view event;  // "mail-sent", "mail-delayed", "mail-given-up", …
    const OutboxRow& row;
    std::string reason;
    bool failed = false;
    bool misconfigured = false;
    bool down = false;  // of Delivery
};

// What was delivered, and could not be removed yet because the store was away.
struct Unsettled {
    OutboxRow row;
    std::string reason;
};

// What delivers. It belongs to one thread. Without a transport, rows of its kind are left to
// others; so a mail server that is slow holds up no event, and the other way round.
struct DeliveryPorts {
    Outbox& outbox;
    SessionStore& sessions;
    const SessionSealer& sealer;
    Random& random;
    MailTransport* mails = nullptr;
    const MailTemplates* templates = nullptr;
    EventTransport* events = nullptr;
    std::function<void(const DeliveryReport&)> report;
    bool mails_wait = false;  // while asks are decided
    // Outlives a call, so that the next one removes what this one could not. Without it the row is
    // delivered once more when its lease is over.
    std::optional<Unsettled>* unsettled = nullptr;
};

// Delivers the row that is due for longest. Returns whether there was one. The errors are those of
// the store.
Result<bool> deliver_next(const DeliveryPorts& ports, const SignInPolicy& sign_in,
                          const MailPolicy& policy);

}  // namespace signet
