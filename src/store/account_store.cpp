#include "store/account_store.hpp"

#include "base/system.hpp"
#include "store/account_row.hpp"
#include "store/boundary.hpp"
#include "store/session_row.hpp"
#include "store/sql_text.hpp"
#include "store/user_reader.hpp"

#include <charconv>

namespace signet::store {
namespace {

// username_taken, email_taken, or whether the role exists. The names are locked from here to the
// end of the transaction.
Result<bool> lock_and_check(Transaction& transaction, const NewAccount& account) {
    // The lock has to be a statement of its own: a statement sees what was committed before it
    // began, and that is before it got the lock.
    if (auto locked = transaction.run(sql::lock_names, {account.username, account.email});
        !locked) {
        return locked.error();
    }
    const auto taken =
        transaction.run(sql::find_taken, {account.username, account.email, account.role});
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

Result<void> insert_role_row(Transaction& transaction, const NewAccount& account,
                             bool role_exists) {
    if (!role_exists) {
        if (auto made = transaction.run(sql::ensure_role, {account.role}); !made) {
            return made.error();
        }
    }
    const auto granted = transaction.run(sql::grant_role, {account.id, account.role});
    if (!granted) {
        return granted.error();
    }
    if (granted->rows.at(0).at(1) != "t") {
        return Error{Errc::store_failed, "the role was deleted during a signup"};
    }
    return {};
}

// The account as it stands, with its claims where a token is to be made for it.
Result<std::optional<Account>> read_back(Transaction& transaction, const NewAccount& account,
                                         const ClaimsCall* claims) {
    if (claims == nullptr) {
        return read_account(transaction.run(sql::find_by_id, {account.id}));
    }
    auto rows = claims->run(transaction, sql::read_user_now, {account.id});
    if (!rows) {
        return rows.error();
    }
    auto reading = read_user(std::move(*rows));
    if (!reading) {
        return reading.error();
    }
    if (reading->account) {
        reading->account->password_hash = account.password_hash.str();
    }
    return std::move(reading->account);
}

// A signup, and how far it got.
struct Signup {
    const NewAccount& account;
    const std::optional<NewSession>& session;
    const ClaimsCall& claims;
    bool asked = false;  // the claims function was called, or about to be
    std::optional<Account> out;
};

Result<void> insert_account(Transaction& transaction, Signup& signup) {
    const NewAccount& account = signup.account;
    const std::optional<NewSession>& session = signup.session;
    signup.asked = false;
    if (auto safe = refuse_foreign_code(transaction); !safe) {
        return safe;
    }
    const auto role_exists = lock_and_check(transaction, account);
    if (!role_exists) {
        return role_exists.error();
    }
    const auto inserted = transaction.run(
        sql::insert_user, {account.id, account.username, account.email, account.password_hash});
    if (!inserted) {
        return inserted.error();
    }
    if (account.role) {
        if (auto granted = insert_role_row(transaction, account, *role_exists); !granted) {
            return granted;
        }
    }
    if (session) {
        if (auto opened = insert_session(transaction, account.id, *session); !opened) {
            return opened;
        }
    }
    signup.asked = session.has_value();
    auto stored = read_back(transaction, account, session ? &signup.claims : nullptr);
    if (!stored) {
        return stored.error();
    }
    signup.asked = false;
    // The database may have made the account inactive, for somebody to look at it first.
    if (session && *stored && (*stored)->active) {
        if (auto accepted = session->judge(**stored); !accepted) {
            return accepted;
        }
    }
    signup.out = std::move(*stored);
    return {};
}

NewAccount trial_account(const std::optional<Text>& role) {
    SystemRandom random;
    const std::string id = random_uuid(random);
    const std::string name = "trial-" + id.substr(0, 8);
    return {.id = *UserId::parse(id),
            .username = Text::from(name),
            .email = Text::from(name + "@example.org"),
            .password_hash = *Text::from("$argon2id$v=19$m=8,t=1,p=1$dHJpYWw$dHJpYWw"),
            .role = role};
}

// What a first user does: a signup, a grant, a login, and what waits for the end of each. Whether
// an account is active at once is for the database to say.
Result<void> try_account(Transaction& transaction, const NewAccount& account,
                         const ClaimsCall& claims) {
    const std::optional<NewSession> none;
    Signup signup{account, none, claims, false, {}};
    if (auto made = insert_account(transaction, signup); !made) {
        return made;
    }
    NewAccount granted = account;
    granted.role = account.username;
    if (auto given = insert_role_row(transaction, granted, false); !given) {
        return given;
    }
    if (auto noted = outcome_of(transaction.run(
            sql::note_login, {account.id, account.password_hash, account.password_hash}));
        !noted) {
        return noted;
    }
    const NewSession session{
        *SessionId::parse(account.id.str()), *Text::from("v1.trial"), {"trial", std::nullopt}, {}};
    if (auto opened = insert_session(transaction, account.id, session); !opened) {
        return opened;
    }
    return outcome_of(transaction.run(sql::check_deferred));
}

}  // namespace

Result<std::optional<Account>> PgAccountStore::find(const LoginName& name) {
    const auto& query =
        name.kind == NameKind::username ? sql::find_by_username : sql::find_by_email;
    return read_account(connection_.run(query, {name.name}));
}

Result<std::optional<Account>> PgAccountStore::find(const UserId& id) {
    return read_account(connection_.run(sql::find_by_id, {id}));
}

Result<Account> PgAccountStore::create(const NewAccount& account,
                                       const std::optional<NewSession>& session) {
    return create(account, session, {});
}

Result<Account> PgAccountStore::create(const NewAccount& account,
                                       const std::optional<NewSession>& session,
                                       const std::function<Result<void>(Transaction&)>& further) {
    Signup signup{account, session, claims_, false, {}};
    auto done = connection_.transact([&](Transaction& transaction) {
        auto inserted = insert_account(transaction, signup);
        return inserted && further ? further(transaction) : inserted;
    });
    if (!done && signup.asked && done.error().errc != Errc::store_in_doubt) {
        return claims_.explain(done.error(), connection_.last_sqlstate());
    }
    if (!done && done.error().errc == Errc::store_failed &&
        connection_.last_sqlstate() == "23505") {
        // Somebody who does not take our lock was faster: with the index in the way, look again.
        const Error unique_violation = done.error();
        done = connection_.transact([&](Transaction& transaction) -> Result<void> {
            const auto checked = lock_and_check(transaction, account);
            return checked ? Result<void>(unique_violation) : Result<void>(checked.error());
        });
    }
    if (!done && done.error().errc == Errc::store_in_doubt) {
        return resolve_doubt(account, session.has_value());
    }
    if (!done) {
        return done.error();
    }
    if (!signup.out) {
        return Error{Errc::store_failed, "a new account cannot be read back"};
    }
    return std::move(*signup.out);
}

Result<void> PgAccountStore::try_out(const std::optional<Text>& role) {
    const NewAccount account = trial_account(role);
    bool worked = false;
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        auto tried = try_account(transaction, account, claims_);
        worked = tried.has_value();
        return worked ? Result<void>(Error{Errc::internal, "a trial is never committed"}) : tried;
    });
    return worked ? Result<void>() : done;
}

Result<Account> PgAccountStore::resolve_doubt(const NewAccount& account, bool with_claims) {
    std::optional<Account> seen;
    const auto looked = connection_.transact([&](Transaction& transaction) -> Result<void> {
        // The lost transaction held these locks until it ended; with them in hand the answer is
        // final.
        if (auto locked = transaction.run(sql::lock_names, {account.username, account.email});
            !locked) {
            return locked.error();
        }
        auto stored = read_back(transaction, account, with_claims ? &claims_ : nullptr);
        if (!stored) {
            return stored.error();
        }
        seen = std::move(*stored);
        return {};
    });
    if (seen) {
        return std::move(*seen);
    }
    if (!looked) {
        return Error{Errc::store_in_doubt, looked.error().log_detail};
    }
    return Error{Errc::store_unavailable, "the connection broke before COMMIT took effect"};
}

Result<void> PgAccountStore::ping() {
    const auto rows = connection_.run(sql::migration_version);
    if (!rows) {
        return rows.error();
    }
    const std::string applied = rows->rows.at(0).at(0).value_or("0");
    int version = 0;
    std::from_chars(applied.data(), applied.data() + applied.size(), version);
    if (version < sql::migrations.back().version) {
        return Error{Errc::store_unavailable,
                     "the schema has version " + applied + ", this binary needs " +
                         std::to_string(sql::migrations.back().version) + ": migrate"};
    }
    return {};
}

}  // namespace signet::store
