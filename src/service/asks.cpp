#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "service/current_password.hpp"
#include "service/grant.hpp"
#include "service/new_account.hpp"
#include "service/outgoing.hpp"
#include "service/tickets.hpp"

#include <signet/service/recovery.hpp>

#include <algorithm>
#include <utility>

// What users ask for: noting it, and deciding it later.
namespace signet {
namespace {

constexpr std::string_view kSignUp = "sign-up";

// The names of the values of an ask.
constexpr const char* kEmail = "email";
constexpr const char* kUsername = "username";
constexpr const char* kRedirectTo = "redirectTo";
constexpr const char* kLanguage = "language";
constexpr const char* kPasswordHash = "passwordHash";
constexpr const char* kMetadata = "metadata";
constexpr const char* kSession = "session";

std::optional<Text> text_of(const MessageValues& values, const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : Text::from(found->second);
}

std::string string_of(const MessageValues& values, const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

Result<void> check_redirect(const std::optional<std::string>& url, const MailPolicy& policy) {
    if (!url || may_redirect(*url, policy.redirects)) {
        return {};
    }
    return Error::field("/redirectTo", "redirect-not-allowed",
                        "It leads to a place that AUTH_CLIENT_URL and AUTH_REDIRECT_URLS do not "
                        "list.");
}

Result<void> put_ask(std::string_view name, const std::optional<UserId>& user,
                     const MessageValues& values, const AskPorts& ports, const MailPolicy& policy) {
    auto row = make_row({ports.sealer, ports.random, policy}, OutboxKind::ask, name, values);
    if (!row) {
        return row.error();
    }
    row->user = user;
    return ports.outbox.put(*row);
}

// A decision about one ask, in its transaction.
class Decision {
public:
    Decision(AccountTransaction& transaction, const MessageValues& values,
             const DecisionPorts& ports, const SignInPolicy& sign_in, const MailPolicy& policy)
        : transaction_(transaction),
          tickets_(transaction.tickets()),
          values_(values),
          language_(string_of(values, kLanguage)),
          sender_{ports.sealer, ports.random, policy},
          sign_in_(sign_in) {}

    Result<void> decide(std::string_view name, const std::optional<UserId>& user);

private:
    Result<void> send_ticket(TicketPurpose purpose);
    Result<void> sign_up();
    Result<void> sign_up_again(const MailRecipient& recipient);
    Result<void> create(const std::optional<Text>& username, const Text& email);
    Result<void> change_email(const UserId& user);
    // Makes a ticket for the user and mails it to the address, unless there were too many mails.
    Result<void> mail_ticket(NewTicket ticket, const Account& account, const Text& address);
    // Does the same whatever was sent before.
    Result<void> write_ticket(NewTicket ticket, const Account& account, const Text& address);
    // Mails something that has no ticket, within the same limits.
    Result<void> mail_only(std::string_view name, const Text& address,
                           const std::optional<UserId>& user);
    Result<bool> may_mail(const Text& to, const std::optional<UserId>& user);
    std::optional<LoginName> asked_name() const;

    AccountTransaction& transaction_;
    TicketStore& tickets_;
    const MessageValues& values_;
    const std::string language_;
    const Sender sender_;
    const SignInPolicy& sign_in_;
};

std::optional<LoginName> Decision::asked_name() const {
    for (const auto& [kind, name] :
         {std::pair(NameKind::email, kEmail), std::pair(NameKind::username, kUsername)}) {
        if (auto typed = text_of(values_, name)) {
            return LoginName{kind, std::move(*typed)};
        }
    }
    return std::nullopt;
}

// What is counted outlives the user, so it is not the address.
Result<bool> Decision::may_mail(const Text& to, const std::optional<UserId>& user) {
    const Text address =
        Text::from(sender_.sealer.pseudonym("mail:" + to_lower(to.view()))).value();
    for (const RateLimit& limit : sender_.policy.limits) {
        const auto sent = tickets_.count_mails(address, user, limit.seconds);
        if (!sent) {
            return sent.error();
        }
        if (*sent >= limit.calls) {
            return false;
        }
    }
    const auto noted = tickets_.note_mail(address, user);
    return noted ? Result<bool>(true) : noted.error();
}

Result<void> Decision::mail_only(std::string_view name, const Text& address,
                                 const std::optional<UserId>& user) {
    const auto may = may_mail(address, user);
    if (!may || !*may) {
        return may ? Result<void>() : may.error();
    }
    return put_mail(
        transaction_.outbox(), sender_,
        {name, address, user, language_, {{"username", string_of(values_, kUsername)}}});
}

Result<void> Decision::mail_ticket(NewTicket ticket, const Account& account, const Text& address) {
    const auto may = may_mail(address, account.id);
    if (!may || !*may) {
        return may ? Result<void>() : may.error();
    }
    return write_ticket(std::move(ticket), account, address);
}

Result<void> Decision::write_ticket(NewTicket ticket, const Account& account, const Text& address) {
    const bool is_code = ticket.purpose == TicketPurpose::sign_in_code;
    ticket.lifetime_s = is_code ? sender_.policy.code_ttl_s : sender_.policy.ticket_ttl_s;
    ticket.redirect_to = text_of(values_, kRedirectTo);
    MessageValues values{{"username", account.username.value_or("")},
                         {"seconds", std::to_string(ticket.lifetime_s)}};
    if (is_code) {
        const std::string code = make_code(sender_.random);
        ticket.hash = code_hash(account.id, code, sender_.sealer);
        values.emplace("code", code);
    } else {
        const std::string text = make_ticket(sender_.random);
        ticket.hash = ticket_hash(text).value();
        values.emplace("ticket", text);
        values.emplace("redirectTo", string_of(values_, kRedirectTo));
    }
    if (ticket.new_address) {
        values.emplace("newAddress", ticket.new_address->str());
    }
    if (auto put = tickets_.put(ticket); !put) {
        return put;
    }
    return put_mail(transaction_.outbox(), sender_,
                    {to_string(ticket.purpose), address, account.id, language_, values});
}

Result<void> Decision::send_ticket(TicketPurpose purpose) {
    const auto name = asked_name();
    if (!name) {
        return {};
    }
    const auto recipient = tickets_.lock_recipient(*name);
    if (!recipient) {
        return recipient.error();
    }
    if (!*recipient || !(*recipient)->account.active || !(*recipient)->account.email) {
        return {};
    }
    const Account& account = (*recipient)->account;
    const auto address = Text::from(*account.email);
    if (!address || (purpose == TicketPurpose::verify_email && (*recipient)->proven)) {
        return {};
    }
    return mail_ticket({account.id, purpose, *address}, account, *address);
}

Result<void> Decision::create(const std::optional<Text>& username, const Text& email) {
    const auto hash = text_of(values_, kPasswordHash);
    if (!hash) {
        return Error{Errc::internal, "an ask to sign up holds no password hash"};
    }
    Result<Text> role = first_role(sign_in_.roles);
    if (!role) {
        return role.error();
    }
    const UserId id = UserId::parse(random_uuid(sender_.random)).value();
    const NewAccount made{id,    username,         email,
                          *hash, std::move(*role), text_of(values_, kMetadata)};
    if (auto created = transaction_.create_account(made); !created) {
        return created;
    }
    if (auto told =
            put_event(transaction_.outbox(), sender_, "user.created", id, signup_values(made));
        !told) {
        return told;
    }
    Account account;
    account.id = id;
    account.email = email.str();
    if (username) {
        account.username = username->str();
    }
    NewTicket ticket{id, TicketPurpose::verify_email, email};
    ticket.password_hash = hash;
    return mail_ticket(std::move(ticket), account, email);
}

// Somebody has signed up with this address before, and nobody has proven that it is his.
Result<void> Decision::sign_up_again(const MailRecipient& recipient) {
    const Account& account = recipient.account;
    const auto address = Text::from(account.email.value_or(""));
    if (!address || !account.active) {
        return {};
    }
    // Nobody who was invited is to get the password of a stranger.
    const bool invited = account.password_hash.empty();
    if (recipient.proven || invited) {
        return mail_only("account-exists", *address, account.id);
    }
    if (auto noted = tickets_.contest(account.id); !noted) {
        return noted;
    }
    NewTicket ticket{account.id, TicketPurpose::verify_email, *address};
    ticket.username = text_of(values_, kUsername);
    ticket.password_hash = text_of(values_, kPasswordHash);
    return mail_ticket(std::move(ticket), account, *address);
}

Result<void> Decision::sign_up() {
    const auto email = text_of(values_, kEmail);
    if (!email) {
        return {};
    }
    const auto known = tickets_.lock_recipient(LoginName{NameKind::email, *email});
    if (!known) {
        return known.error();
    }
    if (*known) {
        return sign_up_again(**known);
    }
    const auto username = text_of(values_, kUsername);
    if (username) {
        const auto other = tickets_.lock_recipient(LoginName{NameKind::username, *username});
        if (!other) {
            return other.error();
        }
        if (*other) {
            return mail_only("username-taken", *email, std::nullopt);
        }
    }
    return create(username, *email);
}

Result<void> Decision::change_email(const UserId& user) {
    const auto recipient = tickets_.lock_recipient(user);
    const auto wanted = text_of(values_, kEmail);
    if (!recipient) {
        return recipient.error();
    }
    if (!*recipient || !(*recipient)->account.active || !wanted) {
        return {};
    }
    const Account& account = (*recipient)->account;
    // A reset that came meanwhile has ended the session, and with it what somebody wanted who knew
    // the password.
    const auto session = SessionId::parse(string_of(values_, kSession));
    const auto living = session ? transaction_.lock_session(*session)
                                : Result<std::optional<StoredSession>>(std::nullopt);
    if (!living) {
        return living.error();
    }
    if (!*living) {
        return {};
    }
    // It counts whether or not the address is taken, or the limit would tell.
    const auto may = may_mail(*wanted, user);
    if (!may || !*may) {
        return may ? Result<void>() : may.error();
    }
    if (auto told = put_notice(transaction_.outbox(), sender_, "address-changed", account,
                               string_of(values_, kLanguage), {{"newAddress", wanted->str()}});
        !told) {
        return told;
    }
    const auto taken = tickets_.lock_recipient(LoginName{NameKind::email, *wanted});
    if (!taken) {
        return taken.error();
    }
    const auto address = Text::from(account.email.value_or(""));
    if (*taken || !address) {
        return {};
    }
    NewTicket ticket{user, TicketPurpose::change_email, *address};
    ticket.new_address = wanted;
    ticket.session = session;
    return write_ticket(std::move(ticket), account, *wanted);
}

Result<void> Decision::decide(std::string_view name, const std::optional<UserId>& user) {
    if (name == kSignUp) {
        return sign_up();
    }
    const auto purpose = to_ticket_purpose(name);
    if (!purpose) {
        return Error{Errc::internal, "nobody knows what an ask of this name is"};
    }
    if (*purpose == TicketPurpose::change_email) {
        return user ? change_email(*user) : Result<void>();
    }
    return send_ticket(*purpose);
}

}  // namespace

Result<void> ask_for_mail(const MailAsk& ask, const AskPorts& ports, const MailPolicy& policy) {
    if (auto allowed = check_redirect(ask.redirect_to, policy); !allowed) {
        return allowed;
    }
    MessageValues values{
        {ask.kind == NameKind::email ? kEmail : kUsername, std::string(trim_white_space(ask.name))},
        {kLanguage, ask.language}};
    if (ask.redirect_to) {
        values.emplace(kRedirectTo, *ask.redirect_to);
    }
    return put_ask(to_string(ask.purpose), std::nullopt, values, ports, policy);
}

Result<void> ask_to_sign_up(const SignupInput& input, const std::string& language,
                            const AskPorts& asks, const SignInPorts& ports,
                            const SignInPolicy& policy) {
    const Result<NewNames> names = check_signup(input, ports.judge, policy);
    if (!names) {
        return names.error();
    }
    if (const Result<Text> role = first_role(policy.roles); !role) {
        return role.error();
    }
    const Result<Text> hash = ports.hasher.hash(input.password);
    if (!hash) {
        return hash.error();
    }
    MessageValues values{
        {kEmail, names->email->str()}, {kPasswordHash, hash->str()}, {kLanguage, language}};
    if (names->username) {
        values.emplace(kUsername, names->username->str());
    }
    if (input.metadata) {
        values.emplace(kMetadata, input.metadata->str());
    }
    return put_ask(kSignUp, std::nullopt, values, asks, policy.mail);
}

Result<void> ask_for_change(const Caller& caller, const AddressChange& change,
                            const PasswordPorts& passwords, const AskPorts& asks,
                            const SignInPolicy& policy) {
    constexpr const char* kPointer = "/newEmail";
    if (auto allowed = check_redirect(change.redirect_to, policy.mail); !allowed) {
        return allowed;
    }
    const auto email = new_email(change.new_email);
    if (!email) {
        Error refusal = email.error();
        for (FieldError& field : refusal.fields) {
            field.pointer = kPointer;
        }
        return refusal;
    }
    if (auto fits = check_domain(*email, kPointer, policy.signups); !fits) {
        return fits;
    }
    if (auto proven = prove_password(caller, change.current_password, passwords); !proven) {
        return proven.error();
    }
    MessageValues values{
        {kEmail, email->str()}, {kLanguage, change.language}, {kSession, caller.session.str()}};
    if (change.redirect_to) {
        values.emplace(kRedirectTo, *change.redirect_to);
    }
    return put_ask(to_string(TicketPurpose::change_email), caller.account.id, values, asks,
                   policy.mail);
}

Result<void> decide_ask(const OutboxRow& row, const DecisionPorts& ports,
                        const SignInPolicy& sign_in, const MailPolicy& policy) {
    Result<MessageValues> values = ports.sealer.open_message(row.body, row.id);
    if (!values) {
        return values.error();
    }
    const auto transaction = ports.sessions.begin({});
    if (!transaction) {
        return transaction.error();
    }
    Decision decision(**transaction, *values, ports, sign_in, policy);
    if (auto decided = decision.decide(row.name, row.user); !decided) {
        return decided;
    }
    if (auto removed = (*transaction)->outbox().remove(row.id); !removed) {
        return removed;
    }
    return (*transaction)->commit();
}

}  // namespace signet
