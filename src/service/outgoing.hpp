#pragma once

#include <signet/domain/user.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/service/recovery.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace signet {

// What a use case writes to the outbox with.
struct Sender {
    const SessionSealer& sealer;
    Random& random;
    const MailPolicy& policy;
};

struct OutgoingMail {
    std::string_view name;  // of the template
    Text address;
    std::optional<UserId> user;
    std::string language;  // Accept-Language as it was sent; may be empty
    MessageValues values = {};
};

// Writes the mail with the transaction. Without AUTH_MAIL_URL it does nothing.
Result<void> put_mail(OutboxWriter& outbox, const Sender& sender, OutgoingMail mail);

// Writes a mail to the address of the account, if it has one, that tells of a change. `language` is
// that of whoever made the change, as in OutgoingMail.
Result<void> put_notice(OutboxWriter& outbox, const Sender& sender, std::string_view name,
                        const Account& account, std::string language, MessageValues values = {});

// Returns the data of `user.created` for somebody who has signed up.
MessageValues signup_values(const NewAccount& account);

// Writes an event about the user. `data` has the members of its kind (domain/event.hpp); the id is
// added. Without AUTH_EVENTS_URL it does nothing.
Result<void> put_event(OutboxWriter& outbox, const Sender& sender, std::string_view name,
                       const UserId& user, MessageValues data = {});

// Seals the values into a row of its own id.
Result<NewOutboxRow> make_row(const Sender& sender, OutboxKind kind, std::string_view name,
                              MessageValues values);

}  // namespace signet
