#include "contract/databases.hpp"

#include "base/system.hpp"
#include "store/migrate.hpp"
#include "support/postgres.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace signet::test {
namespace {

std::string literal(const std::optional<std::string>& text) {
    return text ? sql_literal(*text) : "null";
}

// Returns the name of a migrated database to copy. It is made once, because migrating for each test
// would take most of the time.
std::string migrated_template() {
    static const std::string name = [] {
        const std::string url = Cluster::shared().new_database();
        const auto migrated = store::migrate({.dsn = url});
        if (!migrated) {
            throw std::runtime_error(migrated.error().message);
        }
        const std::size_t begin = url.find("@/") + 2;
        return url.substr(begin, url.find('?') - begin);
    }();
    return name;
}

}  // namespace

Ports FakeDatabase::ports() const {
    using All = std::tuple<FakeStore, FakeSessions, FakeOutbox>;
    auto all =
        std::make_shared<All>(FakeStore(tables_), FakeSessions(tables_), FakeOutbox(tables_));
    auto& [store, sessions, outbox] = *all;
    return {all, &store, &store, &store, &store, &store, &sessions, &sessions, &outbox, &outbox};
}

void FakeDatabase::insert_user(const SqlUser& user) {
    tables_->users.push_back({.id = user.id,
                              .username = user.username,
                              .email = user.email,
                              .password = user.password,
                              .active = user.active,
                              .default_role = user.default_role,
                              .created_at_s = 0,
                              .last_login_at_s = {}});
}

void FakeDatabase::insert_role(const std::string& name) {
    tables_->roles.push_back(name);
}

void FakeDatabase::insert_user_role(const std::string& user_id, const std::string& role) {
    tables_->grants.emplace(user_id, role);
}

void FakeDatabase::age_session(const SessionId& id, std::int64_t seconds) {
    for (auto& row : tables_->sessions) {
        if (row.id == id) {
            for (std::int64_t* time :
                 {&row.created_at_ms, &row.last_used_at_ms, &row.state.rotated_at_ms,
                  &row.state.idle_until_ms, &row.state.absolute_until_ms}) {
                *time -= seconds * 1000;
            }
        }
    }
}

void FakeDatabase::age_failures(std::int64_t seconds) {
    for (auto& [subject, row] : tables_->failures) {
        row.wait_until_ms -= seconds * 1000;
        row.last_at_ms -= seconds * 1000;
        row.trying_until_ms -= seconds * 1000;
        if (row.alarmed_at_ms) {
            *row.alarmed_at_ms -= seconds * 1000;
        }
    }
}

void FakeDatabase::age_mail(std::int64_t seconds) {
    for (auto& row : tables_->tickets) {
        row.expires_at_ms -= seconds * 1000;
    }
    for (auto& mail : tables_->mails_sent) {
        mail.at_ms -= seconds * 1000;
    }
    for (auto& row : tables_->outbox) {
        row.created_at_ms -= seconds * 1000;
        row.due_at_ms -= seconds * 1000;
        row.tried_since_ms -= seconds * 1000;
        if (row.failed_at_ms) {
            *row.failed_at_ms -= seconds * 1000;
        }
        if (row.sent_at_ms) {
            *row.sent_at_ms -= seconds * 1000;
        }
    }
}

void FakeDatabase::set_email(const UserId& user, const std::string& address) {
    tables_->row_of(user)->email = address;
}

std::vector<std::string> FakeDatabase::audited(const std::string& action) {
    std::vector<std::string> out;
    for (const AuditEntry& row : tables_->audit) {
        if (row.action == action) {
            out.push_back(row.subject);
        }
    }
    return out;
}

void FakeDatabase::age_audit(std::int64_t seconds) {
    for (AuditEntry& row : tables_->audit) {
        row.at_s -= seconds;
    }
}

PgDatabase::PgDatabase() : url_(Cluster::shared().new_database(migrated_template())) {}

Ports PgDatabase::ports() const {
    std::shared_ptr<store::Store> store = store::make_store(options());
    return {store,
            &store->accounts(),
            &store->failures(),
            &store->account_admin(),
            &store->role_admin(),
            &store->audit(),
            &store->sessions(),
            &store->session_maintenance(),
            &store->outbox(),
            &store->codes()};
}

void PgDatabase::insert_user(const SqlUser& user) {
    // Names that differ by case only occur in an adopted table, where no such index exists.
    run_sql(url_, "drop index if exists user_username_folded_idx, user_email_folded_idx");
    const std::string active = !user.active ? "null" : *user.active ? "true" : "false";
    run_sql(url_,
            "insert into \"user\" (id, username, email, password, active, default_role) values (" +
                sql_literal(user.id) + ',' + literal(user.username) + ',' + literal(user.email) +
                ',' + literal(user.password) + ',' + active + ',' + literal(user.default_role) +
                ')');
}

void PgDatabase::insert_role(const std::string& name) {
    run_sql(url_, "insert into role (name) values (" + sql_literal(name) + ')');
}

void PgDatabase::insert_user_role(const std::string& user_id, const std::string& role) {
    run_sql(url_, "insert into user_role (user_id, role_id) select " + sql_literal(user_id) +
                      ", id from role where name = " + sql_literal(role));
}

void PgDatabase::age_session(const SessionId& id, std::int64_t seconds) {
    const std::string by = " - interval '" + std::to_string(seconds) + " seconds'";
    std::string changes;
    for (const char* column :
         {"created_at", "rotated_at", "last_used_at", "idle_until", "absolute_until", "sweep_at"}) {
        changes += std::string(changes.empty() ? "" : ", ") + column + " = " + column + by;
    }
    run_sql(url_, "update signet.session set " + changes + " where id = " + sql_literal(id.str()));
}

void PgDatabase::age_failures(std::int64_t seconds) {
    const std::string by = " - interval '" + std::to_string(seconds) + " seconds'";
    run_sql(url_, "update signet.password_failure set wait_until = wait_until" + by +
                      ", last_at = last_at" + by + ", trying_until = trying_until" + by +
                      ", alarmed_at = alarmed_at" + by);
}

void PgDatabase::age_mail(std::int64_t seconds) {
    const std::string by = " - interval '" + std::to_string(seconds) + " seconds'";
    run_sql(url_, "update signet.ticket set expires_at = expires_at" + by +
                      "; update signet.mail_count set at = at" + by +
                      "; update signet.outbox set created_at = created_at" + by +
                      ", due_at = due_at" + by + ", tried_since = tried_since" + by +
                      ", failed_at = failed_at" + by + ", sent_at = sent_at" + by);
}

void PgDatabase::set_email(const UserId& user, const std::string& address) {
    run_sql(url_, "update \"user\" set email = " + sql_literal(address) +
                      " where id = " + sql_literal(user.str()));
}

void PgDatabase::age_audit(std::int64_t seconds) {
    run_sql(url_,
            "alter table signet.audit disable trigger audit_guard; update signet.audit"
            " set at = at - interval '" +
                std::to_string(seconds) +
                " seconds'; alter table signet.audit enable trigger audit_guard");
}

std::vector<std::string> PgDatabase::audited(const std::string& action) {
    std::vector<std::string> out;
    for (const auto& row :
         run_sql(url_, "select subject from signet.audit where action = " + sql_literal(action))) {
        out.push_back(row.at(0).value_or(""));
    }
    return out;
}

Text text(std::string_view bytes) {
    return Text::from(bytes).value();
}

std::string read_fixture(const std::string& name) {
    const std::ifstream in(std::string(SIGNET_SOURCE_DIR) + "/test/support/" + name);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

UserId new_id() {
    SystemRandom random;
    return UserId::parse(random_uuid(random)).value();
}

NewAccount new_account(std::string_view username, std::string_view email) {
    return {.id = new_id(),
            .username = text(username),
            .email = email.empty() ? std::nullopt : Text::from(email),
            .password_hash = text("$argon2id$first"),
            .role = text("user"),
            .metadata = {}};
}

NewSession new_session(const SessionPolicy& policy) {
    SystemRandom random;
    return {SessionId::parse(random_uuid(random)).value(),
            text("v1.kek.sealed"),
            {"Firefox on Linux", "203.0.113.0/24"},
            policy};
}

Result<void> create(SessionStore& sessions, const NewAccount& account,
                    const std::optional<NewSession>& session) {
    const auto transaction = sessions.begin({});
    if (!transaction) {
        return transaction.error();
    }
    auto done = (*transaction)->create_account(account);
    if (done && session) {
        done = (*transaction)->open_session(account.id, *session);
    }
    return done ? (*transaction)->commit() : done;
}

Result<bool> open(SessionStore& sessions, const NewSession& session, const VerifiedLogin& login) {
    const auto transaction = sessions.begin({});
    if (!transaction) {
        return transaction.error();
    }
    auto noted = (*transaction)->note_login(login);
    if (!noted || !*noted) {
        return noted;
    }
    auto done = (*transaction)->open_session(login.user, session);
    if (done) {
        done = (*transaction)->trim_sessions(login.user, session.id, session.policy.per_user_max);
    }
    if (done) {
        done = (*transaction)->commit();
    }
    return done ? noted : done.error();
}

Result<bool> change_password(SessionStore& sessions, const UserId& user,
                             const PasswordChange& change, const SessionId& kept) {
    const auto transaction = sessions.begin({});
    if (!transaction) {
        return transaction.error();
    }
    auto replaced = (*transaction)->replace_password(user, change, kept);
    if (!replaced || !*replaced) {
        return replaced;
    }
    auto done = (*transaction)->end_other_sessions(user, kept);
    if (done) {
        done = (*transaction)->commit();
    }
    return done ? replaced : done.error();
}

Result<Settled> settle(SessionStore& sessions, const SessionId& id, std::uint32_t presented,
                       const SessionPolicy& policy) {
    const auto transaction = sessions.begin({});
    if (!transaction) {
        return transaction.error();
    }
    auto settled = signet::settle(**transaction, id, presented, policy);
    if (!settled) {
        return settled;
    }
    const auto done = (*transaction)->commit();
    return done ? std::move(settled) : done.error();
}

}  // namespace signet::test
