#pragma once

#include "store/audit.hpp"
#include "store/claims.hpp"
#include "store/outbox.hpp"
#include "store/pg.hpp"
#include "store/tickets.hpp"

#include <signet/ports/sessions.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace signet::store {

// An AccountTransaction of PostgreSQL. The connection and `claims` have to outlive it. A change of
// the three tables fails with store_unsafe if it would run code of a role that is not trusted.
class PgAccountTransaction final : public AccountTransaction {
public:
    PgAccountTransaction(std::unique_ptr<Transaction> transaction, Connection& connection,
                         const ClaimsCall& claims, Origin origin)
        : transaction_(std::move(transaction)),
          connection_(connection),
          claims_(claims),
          origin_(std::move(origin)),
          tickets_(*transaction_, connection, origin_),
          outbox_(*transaction_) {}

    Result<void> create_account(const NewAccount& account) override;
    Result<bool> note_login(const VerifiedLogin& login) override;
    Result<void> open_session(const UserId& user, const NewSession& session) override;
    Result<void> trim_sessions(const UserId& user, const SessionId& kept, std::size_t max) override;
    Result<Account> read_account(const UserId& user) override;
    Result<std::optional<StoredSession>> lock_session(const SessionId& id) override;
    Result<void> advance_session(const SessionId& id, std::uint32_t generation,
                                 const SessionPolicy& policy) override;
    Result<void> end_reused_session(const SessionId& id, const StoredSession& session,
                                    std::uint32_t presented) override;
    Result<bool> replace_password(const UserId& user, const PasswordChange& change,
                                  const SessionId& from) override;
    Result<bool> change_account(const UserId& user, const AccountChange& change,
                                const SessionId& from) override;
    Result<bool> delete_account(const UserId& user, const Text& verified_hash,
                                const SessionId& from) override;
    TicketStore& tickets() override { return tickets_; }
    OutboxWriter& outbox() override { return outbox_; }
    Result<void> end_other_sessions(const UserId& user, const SessionId& kept) override;
    Result<void> commit() override;

    // Creates an account as create_account() does, with another row in the audit.
    Result<void> create(const NewAccount& account, std::string_view actor, const AuditRow& row);
    // Inserts the rows of a new account and does not ask why if a unique index refuses one.
    Result<void> insert_account(const NewAccount& account);
    // Grants the role to the user, and creates it first unless `role_exists`.
    Result<void> give_role(const UserId& user, const Text& role, bool role_exists);
    // Returns the transaction, for statements that the port does not have.
    Transaction& transaction() { return *transaction_; }

private:
    // Writes a row of what the user did, if `done` says that it was done.
    Result<bool> note(const Result<Rows>& done, const UserId& user, std::string_view action,
                      std::string detail = {});
    Result<void> explain_creation(const Error& error);
    Result<void> find_created();
    bool is_password_replaced();

    std::unique_ptr<Transaction> transaction_;
    Connection& connection_;
    const ClaimsCall& claims_;
    Origin origin_;
    PgTicketStore tickets_;
    PgOutboxWriter outbox_;
    // What commit() looks for if the answer to COMMIT was lost.
    std::optional<NewAccount> created_;
    std::optional<std::pair<UserId, Text>> replaced_password_;
    bool deletes_ = false;
};

// Returns account_in_use if PostgreSQL refused to delete a user because a table of somebody else
// refers to it, otherwise `error`.
Error explain_deletion(const Error& error, std::string_view sqlstate);

// The SQLSTATE when a unique index refuses a row.
inline constexpr std::string_view kUniqueViolation = "23505";

// Locks the names until the end of the transaction, and returns whether the role exists. Errors:
// username_taken, email_taken, if another account than `id` has the name.
Result<bool> lock_names(Transaction& transaction, const UserId& id,
                        const std::optional<Text>& username, const std::optional<Text>& email,
                        const std::optional<Text>& role);

// Tries a signup, a grant and a login in the transaction, and rolls it back. The error is the one
// that the first user would get. `role` is that of NewAccount.
Result<void> try_out(std::unique_ptr<Transaction> in, Connection& connection,
                     const ClaimsCall& claims, const std::optional<Text>& role);

}  // namespace signet::store
