#include "store/tickets.hpp"

#include "store/account_transaction.hpp"
#include "store/accounts.hpp"
#include "store/audit.hpp"
#include "store/boundary.hpp"
#include "store/sql_text.hpp"

#include <string>
#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t {
    kUser,
    kPurpose,
    kAddress,
    kNewAddress,
    kRedirectTo,
    kUsername,
    kPasswordHash,
    kSession,
    kActive,
    kProven,
    kContested,
    kColumns,
};

Result<Ticket> read_ticket(Row row) {
    const auto user =
        row.size() == kColumns ? UserId::parse(row[kUser].value_or("")) : std::nullopt;
    const auto purpose = user ? to_ticket_purpose(row[kPurpose].value_or("")) : std::nullopt;
    if (!purpose) {
        return Error{Errc::store_failed, "the row of a ticket cannot be read"};
    }
    return Ticket{*user,
                  *purpose,
                  std::move(row[kAddress]).value_or(""),
                  std::move(row[kNewAddress]),
                  std::move(row[kRedirectTo]),
                  std::move(row[kUsername]),
                  std::move(row[kPasswordHash]),
                  SessionId::parse(row[kSession].value_or("")),
                  row[kActive] == "true",
                  row[kProven] == "true",
                  row[kContested] == "true"};
}

}  // namespace

Result<std::optional<MailRecipient>> PgTicketStore::lock_recipient(const LoginName& name) {
    const auto& query =
        name.kind == NameKind::username ? sql::find_by_username : sql::find_by_email;
    const auto found =
        read_account(transaction_.run(query, {name.name, std::nullopt, std::nullopt}));
    if (!found) {
        return found.error();
    }
    return *found ? lock_recipient((*found)->id) : std::optional<MailRecipient>();
}

Result<std::optional<MailRecipient>> PgTicketStore::lock_recipient(const UserId& id) {
    if (const auto locked = transaction_.run(sql::lock_user, {id}); !locked) {
        return locked.error();
    }
    auto account = read_account(transaction_.run(sql::find_by_id, {id}));
    if (!account) {
        return account.error();
    }
    if (!*account) {
        return std::optional<MailRecipient>();
    }
    const auto proven = transaction_.run(sql::find_proven, {id});
    return proven ? Result<std::optional<MailRecipient>>(
                        MailRecipient{std::move(**account), !proven->rows.empty()})
                  : proven.error();
}

Result<std::int64_t> PgTicketStore::count_mails(const Text& address,
                                                const std::optional<UserId>& user,
                                                std::int64_t seconds) {
    const auto rows = transaction_.run(sql::count_mails, {address, user, seconds});
    return rows ? Result<std::int64_t>(to_number(rows->rows.at(0).at(0)).value_or(0))
                : rows.error();
}

Result<void> PgTicketStore::note_mail(const Text& address, const std::optional<UserId>& user) {
    return outcome_of(transaction_.run(sql::note_mail, {address, user}));
}

Result<void> PgTicketStore::put(const NewTicket& ticket) {
    if (ticket.purpose == TicketPurpose::sign_in_code) {
        if (auto spent = spend(ticket.user, ticket.purpose); !spent) {
            return spent;
        }
    }
    const Text purpose = Text::from(to_string(ticket.purpose)).value();
    if (!ticket.hash) {
        return Error{Errc::internal, "a ticket has no hash"};
    }
    return outcome_of(transaction_.run(
        sql::put_ticket,
        {*ticket.hash, ticket.user, purpose, ticket.address, ticket.new_address, ticket.redirect_to,
         ticket.username, ticket.password_hash, ticket.session, ticket.lifetime_s}));
}

Result<std::optional<Ticket>> PgTicketStore::lock(const Text& hash) {
    if (const auto locked = transaction_.run(sql::lock_ticket, {hash}); !locked) {
        return locked.error();
    }
    return find(hash);
}

Result<std::optional<Ticket>> PgTicketStore::find(const Text& hash) {
    auto rows = transaction_.run(sql::find_ticket, {hash});
    if (!rows) {
        return rows.error();
    }
    if (rows->rows.empty()) {
        return std::optional<Ticket>();
    }
    auto ticket = read_ticket(std::move(rows->rows.front()));
    return ticket ? Result<std::optional<Ticket>>(std::move(*ticket)) : ticket.error();
}

Result<void> PgTicketStore::spend(const UserId& user, TicketPurpose purpose) {
    return outcome_of(
        transaction_.run(sql::spend_tickets, {user, Text::from(to_string(purpose)).value()}));
}

Result<void> PgTicketStore::spend_all(const UserId& user) {
    return outcome_of(transaction_.run(sql::spend_tickets, {user, std::nullopt}));
}

Result<void> PgTicketStore::prove(const UserId& user, const Text& address) {
    return note(transaction_.run(sql::prove_address, {user, address}), user, "email-verified", "");
}

Result<void> PgTicketStore::contest(const UserId& user) {
    return outcome_of(transaction_.run(sql::contest_address, {user}));
}

Result<Rows> PgTicketStore::change(const sql::Query& query, Params params) {
    if (auto safe = refuse_foreign_code(transaction_); !safe) {
        return safe.error();
    }
    return transaction_.run(query, params);
}

Result<void> PgTicketStore::set_name(const UserId& user, const std::optional<Text>& username,
                                     const std::optional<Text>& email, Errc taken) {
    if (auto safe = refuse_foreign_code(transaction_); !safe) {
        return safe;
    }
    if (auto free = lock_names(transaction_, user, username, email, std::nullopt); !free) {
        return free.error();
    }
    const auto rows = username ? transaction_.run(sql::set_username, {user, username})
                               : transaction_.run(sql::set_email, {user, email});
    if (!rows && connection_.last_sqlstate() == kUniqueViolation) {
        // A client that does not take our lock may have been faster.
        return Error{taken, rows.error().log_detail};
    }
    return note(rows, user, "account-changed", username ? "username" : "email");
}

Result<void> PgTicketStore::note(const Result<Rows>& done, const UserId& user,
                                 std::string_view action, std::string_view detail) {
    if (!done || done->affected == 0) {
        return outcome_of(done);
    }
    return write_audit(transaction_, kUserActor,
                       {std::string(action), user.str(), std::string(detail), origin_});
}

Result<void> PgTicketStore::set_email(const UserId& user, const Text& address) {
    return set_name(user, std::nullopt, address, Errc::email_taken);
}

Result<void> PgTicketStore::set_username(const UserId& user, const Text& username) {
    return set_name(user, username, std::nullopt, Errc::username_taken);
}

Result<void> PgTicketStore::set_password(const UserId& user, const std::optional<Text>& hash) {
    const std::string_view detail =
        hash ? "by a mail" : "taken away, since nobody had proven the address";
    if (auto set = note(change(sql::put_password, {user, hash}), user, "password-changed", detail);
        !set) {
        return set;
    }
    if (hash) {
        new_password_.emplace(user, *hash);
    }
    return outcome_of(transaction_.run(sql::forget_failures_of, {user}));
}

Result<bool> PgTicketStore::note_sign_in(const UserId& user) {
    const auto rows = change(sql::note_sign_in, {user});
    return rows ? Result<bool>(rows->affected == 1) : rows.error();
}

Result<void> PgTicketStore::end_sessions(const UserId& user) {
    return outcome_of(transaction_.run(sql::end_sessions, {user, std::optional<SessionId>()}));
}

Result<std::optional<Text>> PgCodeStore::try_code(const UserId& user) {
    const auto rows = connection_.run(sql::try_code, {user, kCodeTriesMax});
    if (!rows) {
        return rows.error();
    }
    return rows->rows.empty() ? std::optional<Text>()
                              : Text::from(rows->rows.front().at(0).value_or(""));
}

}  // namespace signet::store
