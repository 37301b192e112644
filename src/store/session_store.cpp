#include "store/session_store.hpp"

#include "store/account_admin.hpp"
#include "store/account_row.hpp"
#include "store/boundary.hpp"
#include "store/session_row.hpp"
#include "store/sql_text.hpp"
#include "store/user_reader.hpp"

#include <string>
#include <utility>

namespace signet::store {
namespace {

// What signet.no_claims answers, which stands for the function where there is none.
constexpr const char* kNoClaims = "{}";

// Ends a session whose token was stolen, or used by a client that lost count, and says so.
Result<void> end_reused(Transaction& transaction, const SessionId& id, const StoredSession& session,
                        std::uint32_t presented) {
    const UserId& user = session.account.id;
    const std::string detail = "session " + id.str() + ": refresh token " +
                               std::to_string(presented) + " was used again when " +
                               std::to_string(session.state.generation) + " was expected";
    auto done = outcome_of(transaction.run(sql::end_session, {user, id}));
    if (done) {
        done = note_deed(transaction, "refresh", {"session-reuse", user.str(), detail});
    }
    return done;
}

struct Presented {
    const SessionId& id;
    std::uint32_t generation;
    const SessionPolicy& policy;
};

Result<void> settle_locked(Transaction& transaction, const Presented& presented, Refreshed& out) {
    const SessionId& id = presented.id;
    // A statement of its own: what follows sees what was committed while it waited.
    if (auto locked = outcome_of(transaction.run(sql::lock_session, {id})); !locked) {
        return locked;
    }
    const auto rows = transaction.run(sql::find_session, {id});
    if (!rows) {
        return rows.error();
    }
    auto session = read_session(*rows);
    if (!session) {
        return session.error();
    }
    out = Refreshed{};
    if (!*session) {
        return {};
    }
    out.decision = decide_refresh((*session)->state, presented.generation, (*session)->now_ms,
                                  presented.policy.grace_s);
    switch (out.decision.which) {
        case RefreshCase::refuse:
            return {};
        case RefreshCase::reuse:
            return end_reused(transaction, id, **session, presented.generation);
        case RefreshCase::replay:
            break;
        case RefreshCase::rotate:
        case RefreshCase::ahead: {
            auto advanced = outcome_of(transaction.run(
                sql::advance_session, {id, out.decision.generation, presented.policy.idle_s}));
            if (!advanced) {
                return advanced;
            }
            break;
        }
    }
    out.account = std::move((*session)->account);
    return {};
}

// A login, and how far it got.
struct Opening {
    const NewSession& session;
    const ProvenLogin& login;
    const ClaimsCall& claims;
    bool asked = false;  // the claims function was called, or about to be
    bool opened = false;
};

Result<void> open_noted(Transaction& transaction, Opening& opening) {
    const NewSession& session = opening.session;
    const ProvenLogin& login = opening.login;
    opening.asked = false;
    opening.opened = false;
    if (auto safe = refuse_foreign_code(transaction); !safe) {
        return safe;
    }
    const auto noted =
        transaction.run(sql::note_login, {login.user, login.proven_hash, login.new_hash});
    if (!noted) {
        return noted.error();
    }
    if (noted->affected != 1) {
        return {};
    }
    if (auto inserted = insert_session(transaction, login.user, session); !inserted) {
        return inserted;
    }
    if (auto trimmed = transaction.run(sql::trim_sessions,
                                       {login.user, session.id, session.policy.per_user_max});
        !trimmed) {
        return trimmed.error();
    }
    opening.asked = true;
    auto rows = opening.claims.run(transaction, sql::read_user_now, {login.user});
    if (!rows) {
        return rows.error();
    }
    opening.asked = false;
    const auto now = read_user(std::move(*rows));
    if (!now) {
        return now.error();
    }
    if (!now->account) {
        return Error{Errc::store_failed, "a user who signed in cannot be read back"};
    }
    if (auto accepted = session.judge(*now->account); !accepted) {
        return accepted;
    }
    opening.opened = true;
    return {};
}

}  // namespace

Result<bool> PgSessionStore::open(const NewSession& session, const ProvenLogin& login) {
    Opening opening{session, login, claims_};
    auto done = connection_.transact(
        [&](Transaction& transaction) { return open_noted(transaction, opening); });
    if (done) {
        return opening.opened;
    }
    const bool by_claims = opening.asked && done.error().errc != Errc::store_in_doubt;
    return by_claims ? claims_.explain(done.error(), connection_.last_sqlstate()) : done.error();
}

Result<std::optional<StoredSession>> PgSessionStore::find(const SessionId& id) {
    const auto rows = connection_.run(sql::find_session, {id});
    if (!rows) {
        return rows.error();
    }
    auto session = read_session(*rows);
    if (session && *session && !claims_.configured()) {
        (*session)->account.claims = kNoClaims;
    }
    return session;
}

Result<std::optional<StoredSession>> PgSessionStore::find_for_refresh(const SessionId& id) {
    auto rows = claims_.run(connection_, sql::find_session_with_claims, {id});
    if (!rows) {
        return claims_.explain(rows.error(), connection_.last_sqlstate());
    }
    return read_session_with_claims(std::move(*rows));
}

Result<std::optional<Account>> PgSessionStore::find_caller(const UserId& user,
                                                           const SessionId& id) {
    return read_account(connection_.run(sql::find_caller, {user, id}));
}

Result<std::optional<Refreshed>> PgSessionStore::rotate(const SessionId& id,
                                                        std::uint32_t presented,
                                                        const SessionPolicy& policy) {
    auto account =
        read_account(connection_.run(sql::rotate_session, {id, presented, policy.idle_s}));
    if (!account) {
        return account.error();
    }
    if (!*account) {
        return std::optional<Refreshed>();
    }
    return std::optional(Refreshed{{RefreshCase::rotate, presented + 1}, std::move(*account)});
}

Result<Refreshed> PgSessionStore::settle(const SessionId& id, std::uint32_t presented,
                                         const SessionPolicy& policy) {
    Refreshed out;
    const auto done = connection_.transact([&](Transaction& transaction) {
        return settle_locked(transaction, {id, presented, policy}, out);
    });
    return done ? Result<Refreshed>(std::move(out)) : Result<Refreshed>(done.error());
}

Result<std::vector<SessionInfo>> PgSessionStore::list(const UserId& user) {
    const auto rows = connection_.run(sql::list_sessions, {user});
    if (!rows) {
        return rows.error();
    }
    return read_session_list(*rows);
}

Result<bool> PgSessionStore::end(const UserId& user, const SessionId& id) {
    bool ended = false;
    // In a transaction, which is not sent twice: the second time there would be nothing to end.
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::end_session, {user, id});
        ended = rows && rows->affected == 1;
        return outcome_of(rows);
    });
    return done ? Result<bool>(ended) : Result<bool>(done.error());
}

Result<std::size_t> PgSessionStore::end_all(const UserId& user,
                                            const std::optional<SessionId>& kept) {
    const auto rows = connection_.run(sql::end_sessions, {user, kept});
    return rows ? Result<std::size_t>(rows->affected) : Result<std::size_t>(rows.error());
}

Result<bool> PgSessionStore::change_password(const UserId& user, const PasswordChange& change,
                                             const SessionId& kept) {
    bool changed = false;
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        if (auto safe = refuse_foreign_code(transaction); !safe) {
            return safe;
        }
        const auto rows = transaction.run(sql::change_password,
                                          {user, change.expected_hash, change.new_hash, kept});
        if (!rows) {
            return rows.error();
        }
        changed = rows->affected == 1;
        return changed ? outcome_of(transaction.run(sql::end_sessions, {user, kept}))
                       : Result<void>();
    });
    if (done) {
        return changed;
    }
    if (done.error().errc == Errc::store_in_doubt) {
        // A fresh salt makes the new hash this change's own.
        const auto account = read_account(connection_.run(sql::find_by_id, {user}));
        if (account && *account && (*account)->password_hash == change.new_hash.str()) {
            return true;
        }
    }
    return done.error();
}

}  // namespace signet::store
