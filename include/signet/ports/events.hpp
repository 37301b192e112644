#pragma once

#include <signet/domain/user.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/ports/mail.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace signet {

// How long post() takes at most. A lease of an event has to be longer.
inline constexpr std::chrono::seconds kEventPostMax{15};

// Posts events to the receiver that the operator has named. Belongs to one thread.
class EventTransport {
public:
    virtual ~EventTransport() = default;

    // Posts the event of this name, which happened at the time in Unix seconds, and waits on the
    // calling thread for the answer, kEventPostMax at most. `data` has the members of its kind. The
    // same id, name, time and data make the same body whenever they are posted, so that a receiver
    // recognises an event that comes again.
    virtual Delivery post(const Uuid& id, std::string_view name, std::int64_t at_s,
                          const MessageValues& data) = 0;
};

// Writes events, and notices to users, to the outbox, in the transaction of what they tell of.
// Belongs to one thread.
class EventTeller {
public:
    virtual ~EventTeller() = default;

    // `data` has the members of the event (domain/event.hpp) but `id`, which it adds. The errors
    // are those of the store and of the sealer; the change must not be made then.
    virtual Result<void> tell(OutboxWriter& outbox, std::string_view event, const UserId& user,
                              MessageValues data) = 0;
    // Mails the notice of this name (a template) to the address of `user`, if there is one and
    // mails are on. Errors likewise.
    virtual Result<void> notify(OutboxWriter& outbox, std::string_view notice, const Account& user,
                                MessageValues values) = 0;
};

}  // namespace signet
