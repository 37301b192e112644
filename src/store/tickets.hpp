#pragma once

#include "store/pg.hpp"

#include <signet/domain/audit.hpp>
#include <signet/ports/tickets.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace signet::store {

// Tickets in PostgreSQL, within a transaction, which has to outlive it.
class PgTicketStore final : public TicketStore {
public:
    // `origin` is for the audit, and outlives the store.
    PgTicketStore(Transaction& transaction, Connection& connection, const Origin& origin)
        : transaction_(transaction), connection_(connection), origin_(origin) {}

    Result<std::optional<MailRecipient>> lock_recipient(const LoginName& name) override;
    Result<std::optional<MailRecipient>> lock_recipient(const UserId& id) override;
    Result<std::int64_t> count_mails(const Text& address, const std::optional<UserId>& user,
                                     std::int64_t seconds) override;
    Result<void> note_mail(const Text& address, const std::optional<UserId>& user) override;
    Result<void> put(const NewTicket& ticket) override;
    Result<std::optional<Ticket>> lock(const Text& hash) override;
    Result<std::optional<Ticket>> find(const Text& hash) override;
    Result<void> spend(const UserId& user, TicketPurpose purpose) override;
    Result<void> spend_all(const UserId& user) override;
    Result<void> prove(const UserId& user, const Text& address) override;
    Result<void> contest(const UserId& user) override;
    Result<void> set_email(const UserId& user, const Text& address) override;
    Result<void> set_username(const UserId& user, const Text& username) override;
    Result<void> set_password(const UserId& user, const std::optional<Text>& hash) override;
    Result<bool> note_sign_in(const UserId& user) override;
    Result<void> end_sessions(const UserId& user) override;

    // Whose password was set last, and the hash.
    const std::optional<std::pair<UserId, Text>>& new_password() const { return new_password_; }

private:
    // Runs a change of "user", unless it would run code of a role that is not trusted.
    Result<Rows> change(const sql::Query& query, Params params);
    // Gives the user a name that nobody else has. `taken` is the error if somebody has it.
    Result<void> set_name(const UserId& user, const std::optional<Text>& username,
                          const std::optional<Text>& email, Errc taken);

    // Writes a row to the audit if the change before it changed something.
    Result<void> note(const Result<Rows>& done, const UserId& user, std::string_view action,
                      std::string_view detail);

    Transaction& transaction_;
    Connection& connection_;
    const Origin& origin_;
    std::optional<std::pair<UserId, Text>> new_password_;
};

// Codes in PostgreSQL. An object belongs to one thread, like the connection, which has to outlive
// it.
class PgCodeStore final : public CodeStore {
public:
    explicit PgCodeStore(Connection& connection) : connection_(connection) {}
    Result<std::optional<Text>> try_code(const UserId& user) override;

private:
    Connection& connection_;
};

}  // namespace signet::store
