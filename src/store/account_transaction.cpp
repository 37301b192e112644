#include "store/account_transaction.hpp"

#include "base/system.hpp"
#include "store/accounts.hpp"
#include "store/boundary.hpp"
#include "store/sessions.hpp"
#include "store/sql_text.hpp"
#include "store/users.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace signet::store {
namespace {

constexpr std::string_view kForeignKeyViolation = "23503";
constexpr std::string_view kNotNullViolation = "23502";

Result<bool> lock_names(Transaction& transaction, const NewAccount& account) {
    return store::lock_names(transaction, account.id, account.username, account.email,
                             account.role);
}

NewAccount trial_account(const std::optional<Text>& role) {
    SystemRandom random;
    const std::string id = random_uuid(random);
    const std::string name = "trial-" + id.substr(0, 8);
    return {.id = *UserId::parse(id),
            .username = Text::from(name),
            .email = Text::from(name + "@example.org"),
            .password_hash = *Text::from("$argon2id$v=19$m=8,t=1,p=1$dHJpYWw$dHJpYWw"),
            .role = role,
            .metadata = {}};
}

// Says what the database has made of the account of the trial, which has the role of its name.
Result<void> compare_trial(const NewAccount& wanted, const std::optional<Account>& stored) {
    if (!stored) {
        return Error{
            Errc::store_failed,
            "a new row of the table \"user\" is not there afterwards: look for a trigger or "
            "a rule that drops it"};
    }
    if (stored->password_hash != wanted.password_hash.str()) {
        return Error{Errc::store_failed,
                     "the column password of a new row of the table \"user\" is changed, so that "
                     "nobody could log in: look for a trigger that does it"};
    }
    if (std::ranges::find(stored->roles, wanted.username->str()) == stored->roles.end()) {
        return Error{Errc::store_failed,
                     "a new row of the table user_role is not there afterwards: look for a trigger "
                     "or a rule that drops it"};
    }
    return {};
}

}  // namespace

Error explain_deletion(const Error& error, std::string_view sqlstate) {
    // The second is what `on delete set null` onto a column that must not be NULL ends in.
    return sqlstate == kForeignKeyViolation || sqlstate == kNotNullViolation
               ? Error{Errc::account_in_use, error.log_detail}
               : error;
}

Result<bool> lock_names(Transaction& transaction, const UserId& id,
                        const std::optional<Text>& username, const std::optional<Text>& email,
                        const std::optional<Text>& role) {
    // The lock has to be a separate statement, because a statement sees what was committed before
    // it began, which is before it got its lock.
    if (auto locked = transaction.run(sql::lock_names, {username, email}); !locked) {
        return locked.error();
    }
    const auto taken = transaction.run(sql::find_taken, {username, email, role, id});
    if (!taken) {
        return taken.error();
    }
    const Row& row = taken->rows.at(0);
    if (row.at(0) == "t") {
        return Errc::username_taken;
    }
    if (row.at(1) == "t") {
        return Errc::email_taken;
    }
    return row.at(2) == "t";
}

Result<void> PgAccountTransaction::give_role(const UserId& user, const Text& role,
                                             bool role_exists) {
    if (!role_exists) {
        if (auto made = transaction_->run(sql::ensure_role, {role}); !made) {
            return made.error();
        }
    }
    const auto granted = transaction_->run(sql::grant_role, {user, role});
    if (!granted) {
        return granted.error();
    }
    if (granted->rows.at(0).at(1) != "t") {
        return Error{Errc::store_failed, "the role was deleted during a signup"};
    }
    return {};
}

Result<void> PgAccountTransaction::insert_account(const NewAccount& account) {
    if (auto safe = refuse_foreign_code(*transaction_); !safe) {
        return safe;
    }
    const auto role_exists = lock_names(*transaction_, account);
    if (!role_exists) {
        return role_exists.error();
    }
    const auto inserted = transaction_->run(
        sql::insert_user,
        {account.id, account.username, account.email,
         account.password_hash.view().empty() ? std::nullopt : std::optional(account.password_hash),
         account.metadata});
    if (!inserted) {
        return inserted.error();
    }
    return account.role ? give_role(account.id, *account.role, *role_exists) : Result<void>();
}

Result<void> PgAccountTransaction::create_account(const NewAccount& account) {
    return create(account, kUserActor, {"signup", account.id.str(), "", origin_});
}

Result<void> PgAccountTransaction::create(const NewAccount& account, std::string_view actor,
                                          const AuditRow& row) {
    created_ = account;
    const auto inserted = insert_account(account);
    return inserted ? write_audit(*transaction_, actor, row) : explain_creation(inserted.error());
}

Result<bool> PgAccountTransaction::note(const Result<Rows>& done, const UserId& user,
                                        std::string_view action, std::string detail) {
    if (!done || done->affected != 1) {
        return done ? Result<bool>(false) : Result<bool>(done.error());
    }
    const auto noted = write_audit(*transaction_, kUserActor,
                                   {std::string(action), user.str(), std::move(detail), origin_});
    return noted ? Result<bool>(true) : Result<bool>(noted.error());
}

// A client that does not take our lock may have been faster, so that a unique index refused the new
// row. A new transaction then sees which name is taken.
Result<void> PgAccountTransaction::explain_creation(const Error& error) {
    if (error.errc != Errc::store_failed || connection_.last_sqlstate() != kUniqueViolation) {
        return error;
    }
    return connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto checked = lock_names(transaction, *created_);
        return checked ? Result<void>(error) : Result<void>(checked.error());
    });
}

Result<bool> PgAccountTransaction::note_login(const VerifiedLogin& login) {
    if (auto safe = refuse_foreign_code(*transaction_); !safe) {
        return safe.error();
    }
    const auto noted =
        transaction_->run(sql::note_login, {login.user, login.verified_hash, login.new_hash});
    return noted ? Result<bool>(noted->affected == 1) : Result<bool>(noted.error());
}

Result<void> PgAccountTransaction::open_session(const UserId& user, const NewSession& session) {
    const auto device = Text::from(session.client.device);
    std::optional<Text> address;
    if (session.client.address) {
        address = Text::from(*session.client.address);
    }
    if (!device) {
        return Error{Errc::store_failed, "the device of a session is no text"};
    }
    return outcome_of(transaction_->run(
        sql::insert_session, {session.id, user, session.sealed_key, *device, address,
                              session.policy.idle_s, session.policy.absolute_s, origin_.request}));
}

Result<void> PgAccountTransaction::trim_sessions(const UserId& user, const SessionId& kept,
                                                 std::size_t max) {
    return outcome_of(transaction_->run(sql::trim_sessions, {user, kept, max}));
}

Result<Account> PgAccountTransaction::read_account(const UserId& user) {
    auto rows = claims_.run(*transaction_, sql::read_user_now, {user});
    if (!rows) {
        return claims_.explain(rows.error(), connection_.last_sqlstate());
    }
    auto reading = read_user(std::move(*rows));
    if (!reading) {
        return reading.error();
    }
    if (!reading->account) {
        return Error{Errc::store_failed, "a user who signs in cannot be read back"};
    }
    return std::move(*reading->account);
}

Result<std::optional<StoredSession>> PgAccountTransaction::lock_session(const SessionId& id) {
    // The user first, as whoever changes a user does, so that the events of a user are written in
    // order. These are separate statements, so that the next one sees what was committed while they
    // waited.
    for (const auto* const query : {&sql::lock_holder, &sql::lock_session}) {
        if (const auto locked = transaction_->run(*query, {id}); !locked) {
            return locked.error();
        }
    }
    return read_session(transaction_->run(sql::find_session, {id}), claims_);
}

Result<void> PgAccountTransaction::advance_session(const SessionId& id, std::uint32_t generation,
                                                   const SessionPolicy& policy) {
    return outcome_of(transaction_->run(sql::advance_session, {id, generation, policy.idle_s}));
}

Result<void> PgAccountTransaction::end_reused_session(const SessionId& id,
                                                      const StoredSession& session,
                                                      std::uint32_t presented) {
    const UserId& user = session.account.id;
    const std::string detail = "session " + id.str() + ": refresh token " +
                               std::to_string(presented) + " was used again when " +
                               std::to_string(session.state.generation) + " was expected";
    return outcome_of(transaction_->run(
        sql::end_session, {user, id, Text::from("refresh"), Text::from("session-reuse"),
                           Text::from(detail), origin_.network, origin_.request}));
}

Result<bool> PgAccountTransaction::replace_password(const UserId& user,
                                                    const PasswordChange& change,
                                                    const SessionId& from) {
    if (auto safe = refuse_foreign_code(*transaction_); !safe) {
        return safe.error();
    }
    const auto rows = transaction_->run(sql::change_password,
                                        {user, change.expected_hash, change.new_hash, from});
    if (!rows) {
        return rows.error();
    }
    if (rows->affected == 0) {
        return false;
    }
    replaced_password_.emplace(user, change.new_hash);
    if (auto spent = tickets_.spend_all(user); !spent) {
        return spent.error();
    }
    if (auto forgotten = outcome_of(transaction_->run(sql::forget_failures_of, {user}));
        !forgotten) {
        return forgotten.error();
    }
    return note(rows, user, "password-changed");
}

Result<bool> PgAccountTransaction::change_account(const UserId& user, const AccountChange& change,
                                                  const SessionId& from) {
    if (auto safe = refuse_foreign_code(*transaction_); !safe) {
        return safe.error();
    }
    if (change.username) {
        const auto free =
            lock_names(*transaction_, user, change.username, std::nullopt, std::nullopt);
        if (!free) {
            return free.error();
        }
    }
    const auto rows =
        transaction_->run(sql::change_account, {user, change.username, change.metadata, from});
    if (rows) {
        const bool both = change.username && change.metadata;
        return note(rows, user, "account-changed",
                    both              ? "username, metadata"
                    : change.username ? "username"
                                      : "metadata");
    }
    // As at a signup, a client that does not take our lock may have been faster.
    const bool taken = connection_.last_sqlstate() == kUniqueViolation;
    return taken ? Error{Errc::username_taken, rows.error().log_detail} : rows.error();
}

Result<bool> PgAccountTransaction::delete_account(const UserId& user, const Text& verified_hash,
                                                  const SessionId& from) {
    if (auto safe = refuse_foreign_code(*transaction_); !safe) {
        return safe.error();
    }
    deletes_ = true;
    const auto rows = transaction_->run(sql::delete_account, {user, verified_hash, from});
    if (!rows) {
        return explain_deletion(rows.error(), connection_.last_sqlstate());
    }
    if (auto forgotten = outcome_of(transaction_->run(sql::forget_failures_of, {user}));
        !forgotten) {
        return forgotten.error();
    }
    if (auto mails = outcome_of(transaction_->run(sql::forget_mails_of, {user})); !mails) {
        return mails.error();
    }
    return note(rows, user, "account-deleted");
}

Result<void> PgAccountTransaction::end_other_sessions(const UserId& user, const SessionId& kept) {
    return outcome_of(transaction_->run(sql::end_sessions, {user, std::optional<SessionId>(kept)}));
}

Result<void> PgAccountTransaction::commit() {
    auto done = transaction_->commit();
    if (done) {
        return done;
    }
    if (deletes_) {
        return explain_deletion(done.error(), connection_.last_sqlstate());
    }
    if (done.error().errc != Errc::store_in_doubt) {
        return created_ ? explain_creation(done.error()) : done;
    }
    if (created_) {
        return find_created();
    }
    if (!replaced_password_) {
        replaced_password_ = tickets_.new_password();
    }
    return replaced_password_ && is_password_replaced() ? Result<void>() : done;
}

Result<void> PgAccountTransaction::find_created() {
    bool found = false;
    const auto looked = connection_.transact([&](Transaction& transaction) -> Result<void> {
        // The lost transaction held these locks until it ended, so now the answer is final.
        if (auto locked = transaction.run(sql::lock_names, {created_->username, created_->email});
            !locked) {
            return locked.error();
        }
        const auto rows = transaction.run(sql::find_by_id, {created_->id});
        found = rows && !rows->rows.empty();
        return outcome_of(rows);
    });
    if (found) {
        return {};
    }
    return looked ? Error{Errc::store_unavailable, "the connection broke before COMMIT took effect"}
                  : Error{Errc::store_in_doubt, looked.error().log_detail};
}

// The fresh salt makes the new hash unique, so that it can only come from this change.
bool PgAccountTransaction::is_password_replaced() {
    const auto account =
        store::read_account(connection_.run(sql::find_by_id, {replaced_password_->first}));
    return account && *account && (*account)->password_hash == replaced_password_->second.str();
}

Result<void> try_out(std::unique_ptr<Transaction> in, Connection& connection,
                     const ClaimsCall& claims, const std::optional<Text>& role) {
    PgAccountTransaction trial(std::move(in), connection, claims, {});
    const NewAccount account = trial_account(role);
    // Without create_account(), which asks further and so forgets the SQLSTATE.
    if (auto made = trial.insert_account(account); !made) {
        return made;
    }
    if (auto given = trial.give_role(account.id, *account.username, false); !given) {
        return given;
    }
    Transaction& transaction = trial.transaction();
    const auto stored = store::read_account(transaction.run(sql::find_by_id, {account.id}));
    if (!stored) {
        return stored.error();
    }
    if (auto kept = compare_trial(account, *stored); !kept) {
        return kept;
    }
    const auto noted = trial.note_login({account.id, account.password_hash, account.password_hash});
    if (!noted) {
        return noted.error();
    }
    // The database may make new accounts inactive, for somebody to look at them first.
    if (!*noted && (*stored)->active) {
        return Error{Errc::store_failed,
                     "a change of a row of the table \"user\" is not made: look for a trigger or a "
                     "rule that drops it"};
    }
    const NewSession session{
        *SessionId::parse(account.id.str()), *Text::from("v1.trial"), {"trial", std::nullopt}, {}};
    if (auto opened = trial.open_session(account.id, session); !opened) {
        return opened;
    }
    return outcome_of(transaction.run(sql::check_deferred));
}

}  // namespace signet::store
