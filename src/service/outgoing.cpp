#include "service/outgoing.hpp"

#include "base/system.hpp"

#include <signet/domain/event.hpp>

#include <utility>

namespace signet {

Result<NewOutboxRow> make_row(const Sender& sender, OutboxKind kind, std::string_view name,
                              MessageValues values) {
    // What is no text, such as a header of a stranger, could not be read again.
    std::erase_if(values, [](const auto& each) { return !Text::from(each.second); });
    const Uuid id = Uuid::parse(random_uuid(sender.random)).value();
    Result<Text> body = sender.sealer.seal_message(values, id);
    if (!body) {
        return body.error();
    }
    return NewOutboxRow{id,           kind,         Text::from(name).value(),
                        std::nullopt, std::nullopt, std::move(*body)};
}

Result<void> put_mail(OutboxWriter& outbox, const Sender& sender, OutgoingMail mail) {
    if (!sender.policy.on) {
        return {};
    }
    mail.values.emplace("address", mail.address.str());
    mail.values.emplace("language", std::move(mail.language));
    auto row = make_row(sender, OutboxKind::mail, mail.name, mail.values);
    if (!row) {
        return row.error();
    }
    row->user = mail.user;
    row->recipient = std::move(mail.address);
    return outbox.put(*row);
}

Result<void> put_notice(OutboxWriter& outbox, const Sender& sender, std::string_view name,
                        const Account& account, std::string language, MessageValues values) {
    const auto address = account.email ? Text::from(*account.email) : std::nullopt;
    if (!address) {
        return {};
    }
    values.emplace("username", account.username.value_or(""));
    return put_mail(outbox, sender,
                    {name, *address, account.id, std::move(language), std::move(values)});
}

MessageValues signup_values(const NewAccount& account) {
    MessageValues values{{"by", kBySignup}};
    for (const auto& [name, value] :
         {std::pair("username", &account.username), std::pair("email", &account.email),
          std::pair("roles", &account.role)}) {
        if (*value) {
            values.emplace(name, (*value)->str());
        }
    }
    return values;
}

Result<void> put_event(OutboxWriter& outbox, const Sender& sender, std::string_view name,
                       const UserId& user, MessageValues data) {
    if (!sender.policy.events) {
        return {};
    }
    data.emplace("id", user.str());
    auto row = make_row(sender, OutboxKind::event, name, data);
    if (!row) {
        return row.error();
    }
    row->user = user;
    return outbox.put(*row);
}

}  // namespace signet
