#include "store/account_admin.hpp"

#include "store/account_transaction.hpp"
#include "store/accounts.hpp"
#include "store/audit.hpp"
#include "store/boundary.hpp"
#include "store/outbox.hpp"
#include "store/sql_text.hpp"
#include "store/tickets.hpp"

#include <signet/domain/event.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace signet::store {
namespace {

constexpr std::string_view kGranted = "role-granted";

Result<void> one_user_affected(const Result<Rows>& rows) {
    if (!rows) {
        return rows.error();
    }
    return rows->affected == 0 ? Result<void>(Errc::user_not_found) : Result<void>();
}

// Returns the LIKE pattern of every text that contains the part. With a pattern that it knows,
// PostgreSQL can estimate whether the index or the table is the faster way to the first rows.
std::optional<Text> pattern_of(const std::optional<Text>& part) {
    if (!part) {
        return std::nullopt;
    }
    std::string pattern = "%";
    for (const char c : part->view()) {
        if (c == '%' || c == '_' || c == '\\') {
            pattern += '\\';
        }
        pattern += c;
    }
    return Text::from(pattern + '%');
}

// Reads the result of grant_role or revoke_role: whether the role was changed.
Result<bool> read_role_change(const Result<Rows>& rows, const Text& role) {
    if (!rows) {
        return rows.error();
    }
    const Row& row = rows->rows.at(0);
    if (row.at(0) != "t") {
        return Errc::user_not_found;
    }
    if (row.at(1) != "t") {
        return Error{Errc::role_not_found, "There is no role \"" + role.str() + '"'};
    }
    return row.at(2) == "t";
}

std::string lines_of(const std::vector<Text>& texts) {
    std::string lines;
    for (const Text& text : texts) {
        lines += (lines.empty() ? "" : std::string(1, kListSeparator)) + text.str();
    }
    return lines;
}

// Names that no token carries are left out.
std::string role_lines(const Account& account) {
    std::vector<Text> names;
    for (const std::string& role : account.roles) {
        if (auto name = Text::from(role); name && !role.empty() && !has_control_character(role)) {
            names.push_back(*std::move(name));
        }
    }
    std::ranges::sort(names);
    return lines_of(names);
}

MessageValues created_values(const Account& account, const char* by) {
    MessageValues values{{"roles", role_lines(account)}, {"by", by}};
    if (account.username) {
        values.emplace("username", *account.username);
    }
    if (account.email) {
        values.emplace("email", *account.email);
    }
    return values;
}

Result<void> grant_each(Transaction& transaction, const UserId& id,
                        const std::vector<Text>& roles) {
    for (const Text& role : roles) {
        const auto granted = read_role_change(transaction.run(sql::grant_role, {id, role}), role);
        if (!granted) {
            return granted.error();
        }
    }
    return {};
}

// Makes a change of an operator and writes its audit row, in one transaction.
Result<void> change_audited(Connection& connection, std::string_view actor, const AuditRow& row,
                            const std::function<Result<void>(Transaction&)>& change) {
    return connection.transact([&](Transaction& transaction) -> Result<void> {
        if (auto safe = refuse_foreign_code(transaction); !safe) {
            return safe;
        }
        if (auto changed = change(transaction); !changed) {
            return changed;
        }
        return write_audit(transaction, actor, row);
    });
}

}  // namespace

Result<Account> PgAccountAdmin::add(const NewAccount& account) {
    auto begun = connection_.begin();
    if (!begun) {
        return begun.error();
    }
    PgAccountTransaction adding(std::move(*begun), connection_, claims_, {});
    const auto& name = account.username ? account.username : account.email;
    const AuditRow row{"user-created", account.id.str(), name ? name->str() : ""};
    if (auto created = adding.create(account, actor_, row); !created) {
        return created.error();
    }
    return finish(adding, account.id, kByOperator);
}

Result<Account> PgAccountAdmin::invite(const NewAccount& account, const std::vector<Text>& roles,
                                       const Invitation& invitation) {
    auto begun = connection_.begin();
    if (!begun) {
        return begun.error();
    }
    PgAccountTransaction adding(std::move(*begun), connection_, claims_, {});
    const AuditRow row{"user-invited", account.id.str(), account.email ? account.email->str() : ""};
    if (auto created = adding.create(account, actor_, row); !created) {
        return created.error();
    }
    if (auto granted = grant_each(adding.transaction(), account.id, roles); !granted) {
        return granted.error();
    }
    TicketStore& tickets = adding.tickets();
    if (auto put = tickets.put(invitation.ticket); !put) {
        return put.error();
    }
    if (auto noted = tickets.note_mail(invitation.ticket.address, account.id); !noted) {
        return noted.error();
    }
    if (auto put = adding.outbox().put(invitation.mail); !put) {
        return put.error();
    }
    return finish(adding, account.id, kByInvitation);
}

// Tells of the new account, commits, and returns it.
Result<Account> PgAccountAdmin::finish(PgAccountTransaction& adding, const UserId& id,
                                       const char* by) {
    auto stored = read_account(adding.transaction().run(sql::find_by_id, {id}));
    if (!stored || !*stored) {
        return stored ? Error{Errc::store_failed, "a new account cannot be read back"}
                      : stored.error();
    }
    if (auto told = tell(adding.transaction(), "user.created", id, created_values(**stored, by));
        !told) {
        return told.error();
    }
    const auto done = adding.commit();
    return done ? Result<Account>(**std::move(stored)) : done.error();
}

Result<void> PgAccountAdmin::tell(Transaction& transaction, std::string_view event,
                                  const UserId& id, MessageValues data) {
    if (teller_ == nullptr) {
        return {};
    }
    PgOutboxWriter outbox(transaction);
    return teller_->tell(outbox, event, id, std::move(data));
}

Result<void> PgAccountAdmin::notify(Transaction& transaction, std::string_view notice,
                                    const UserId& id, const std::optional<std::string>& address,
                                    MessageValues values) {
    if (teller_ == nullptr) {
        return {};
    }
    auto account = read_account(transaction.run(sql::find_by_id, {id}));
    if (!account || !*account) {
        return account ? Errc::user_not_found : account.error();
    }
    if (address) {
        (*account)->email = address;
    }
    PgOutboxWriter outbox(transaction);
    return teller_->notify(outbox, notice, **account, std::move(values));
}

Result<std::size_t> PgAccountAdmin::end_sessions(const UserId& id) {
    std::size_t ended = 0;
    const auto done = change_audited(connection_, actor_, {"sessions-ended", id.str()},
                                     [&](Transaction& transaction) -> Result<void> {
                                         const auto rows = transaction.run(
                                             sql::end_sessions, {id, std::optional<SessionId>()});
                                         ended = rows ? rows->affected : 0;
                                         return outcome_of(rows);
                                     });
    return done ? Result<std::size_t>(ended) : Result<std::size_t>(done.error());
}

Result<std::vector<Account>> PgAccountAdmin::list(const AccountFilter& filter,
                                                  const std::optional<UserId>& after,
                                                  std::size_t limit) {
    const auto rows = connection_.run(sql::list_accounts, {after, std::min(limit, kListPageMax),
                                                           pattern_of(filter.search), filter.role});
    if (!rows) {
        return rows.error();
    }
    return read_accounts(*rows);
}

Result<void> PgAccountAdmin::set_active(const UserId& id, bool active) {
    return change_audited(
        connection_, actor_, {active ? "user-enabled" : "user-disabled", id.str()},
        [&](Transaction& transaction) {
            auto done = one_user_affected(transaction.run(sql::set_active, {id, active}));
            return done ? tell(transaction, active ? "user.enabled" : "user.disabled", id) : done;
        });
}

Result<bool> PgAccountAdmin::unlock(const UserId& id) {
    bool had_any = false;
    const auto done = change_audited(connection_, actor_, {"user-unlocked", id.str()},
                                     [&](Transaction& transaction) -> Result<void> {
                                         const auto rows =
                                             transaction.run(sql::forget_failures_of, {id});
                                         had_any = rows && rows->affected > 0;
                                         return outcome_of(rows);
                                     });
    return done ? Result<bool>(had_any) : Result<bool>(done.error());
}

Result<void> PgAccountAdmin::set_password(const UserId& id, const Text& hash) {
    return change_audited(
        connection_, actor_, {"password-set", id.str()},
        [&](Transaction& transaction) -> Result<void> {
            auto done = one_user_affected(transaction.run(sql::set_password, {id, hash}));
            if (!done) {
                return done;
            }
            const auto forgotten = transaction.run(sql::forget_failures_of, {id});
            if (!forgotten) {
                return forgotten.error();
            }
            if (auto spent = PgTicketStore(transaction, connection_, Origin{}).spend_all(id);
                !spent) {
                return spent;
            }
            // This is a separate statement, so that it sees the session of a login that held the
            // row of the user.
            const auto ended = transaction.run(sql::end_sessions, {id, std::optional<SessionId>()});
            if (!ended) {
                return ended.error();
            }
            auto told = notify(transaction, "password-changed", id);
            return told ? tell(transaction, "password.changed", id) : told;
        });
}

Result<void> PgAccountAdmin::remove(const UserId& id) {
    const auto done = change_audited(
        connection_, actor_, {"user-deleted", id.str()}, [&](Transaction& transaction) {
            auto removed = one_user_affected(transaction.run(sql::remove_user, {id}));
            if (!removed) {
                return removed;
            }
            for (const auto* const query : {&sql::forget_failures_of, &sql::forget_mails_of}) {
                if (const auto forgotten = transaction.run(*query, {id}); !forgotten) {
                    return Result<void>(forgotten.error());
                }
            }
            return tell(transaction, "user.deleted", id);
        });
    return done ? done : explain_deletion(done.error(), connection_.last_sqlstate());
}

Result<void> PgAccountAdmin::rename(const UserId& id, const Text& username) {
    return change_name(id,
                       {"user-renamed", "user.renamed", sql::set_username, username, std::nullopt});
}

Result<void> PgAccountAdmin::set_email(const UserId& id, const std::optional<Text>& email) {
    return change_name(id,
                       {"email-set", "user.email-changed", sql::set_email, std::nullopt, email});
}

Result<void> PgAccountAdmin::change_name(const UserId& id, const NameChange& change) {
    const std::optional<Text>& name = change.username ? change.username : change.email;
    const auto free = [&](Transaction& transaction) {
        const auto locked = lock_names(transaction, id, change.username, change.email, {});
        return locked ? Result<void>() : Result<void>(locked.error());
    };
    auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        if (auto safe = refuse_foreign_code(transaction); !safe) {
            return safe;
        }
        if (auto locked = free(transaction); !locked) {
            return locked;
        }
        const auto rows = transaction.run(change.query, {id, name});
        if (!rows) {
            return rows.error();
        }
        if (rows->rows.empty()) {
            return Errc::user_not_found;
        }
        const std::optional<std::string>& was = rows->rows.at(0).at(0);
        const std::string detail =
            "from " + was.value_or("none") + " to " + (name ? name->str() : "none");
        const AuditRow row{std::string(change.action), id.str(), detail};
        if (auto noted = write_audit(transaction, actor_, row); !noted) {
            return noted;
        }
        MessageValues data;
        if (name) {
            data.emplace(change.username ? "username" : "email", name->str());
        }
        if (auto told = tell(transaction, change.event, id, std::move(data));
            !told || change.username || !was) {
            return told;
        }
        return notify(transaction, "address-set", id, was,
                      {{"newAddress", name ? name->str() : ""}});
    });
    // A client that does not take our lock was faster: a new transaction sees its row.
    if (!done && connection_.last_sqlstate() == kUniqueViolation) {
        auto taken = connection_.transact(free);
        return taken ? done : taken;
    }
    return done;
}

Result<std::vector<Text>> PgAccountAdmin::grant(const UserId& id, const std::vector<Text>& roles) {
    return change_roles(id, roles, sql::grant_role, kGranted);
}

Result<std::vector<Text>> PgAccountAdmin::revoke(const UserId& id, const std::vector<Text>& roles) {
    return change_roles(id, roles, sql::revoke_role, "role-revoked");
}

Result<std::vector<Text>> PgAccountAdmin::change_roles(const UserId& id,
                                                       const std::vector<Text>& roles,
                                                       const sql::Query& query,
                                                       std::string_view action) {
    std::vector<Text> changed;
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        changed.clear();  // this may be the second run
        if (auto safe = refuse_foreign_code(transaction); !safe) {
            return safe;
        }
        // So that events of changes at the same time come in the order of their commits.
        if (auto locked = transaction.run(sql::lock_user, {id}); !locked) {
            return locked.error();
        }
        for (const Text& role : roles) {
            const auto change = read_role_change(transaction.run(query, {id, role}), role);
            if (!change) {
                return change.error();
            }
            if (!*change) {
                continue;
            }
            changed.push_back(role);
            const AuditRow row{std::string(action), id.str(), role.str()};
            if (auto noted = write_audit(transaction, actor_, row); !noted) {
                return noted;
            }
        }
        return changed.empty() ? Result<void>() : tell_of_roles(transaction, id, changed, action);
    });
    return done ? Result<std::vector<Text>>(std::move(changed))
                : Result<std::vector<Text>>(done.error());
}

Result<void> PgAccountAdmin::tell_of_roles(Transaction& transaction, const UserId& id,
                                           const std::vector<Text>& changed,
                                           std::string_view action) {
    if (teller_ == nullptr) {
        return {};
    }
    const auto now = read_account(transaction.run(sql::find_by_id, {id}));
    if (!now || !*now) {
        return now ? Errc::user_not_found : now.error();
    }
    return tell(transaction, "roles.changed", id,
                {{"roles", role_lines(**now)},
                 {action == kGranted ? "granted" : "revoked", lines_of(changed)}});
}

Result<std::vector<RoleRow>> PgRoleAdmin::list_roles(const std::optional<Text>& search,
                                                     std::size_t limit) {
    const auto rows = connection_.run(sql::list_roles, {pattern_of(search), limit});
    if (!rows) {
        return rows.error();
    }
    std::vector<RoleRow> out;
    for (const Row& row : rows->rows) {
        out.push_back({row.at(0).value_or(""), to_number<std::size_t>(row.at(1)).value_or(0)});
    }
    return out;
}

Result<void> PgRoleAdmin::create_role(const Text& name) {
    return change_audited(connection_, actor_, {"role-created", name.str()},
                          [&](Transaction& transaction) -> Result<void> {
                              const auto made = transaction.run(sql::ensure_role, {name});
                              if (!made) {
                                  return made.error();
                              }
                              return made->affected == 0 ? Result<void>(Errc::role_taken)
                                                         : Result<void>();
                          });
}

Result<void> PgRoleAdmin::remove_role(const Text& name) {
    const auto change = [&](Transaction& transaction) -> Result<void> {
        // A grant locks the row of the role too, through its foreign key, so none can happen in
        // between.
        const auto locked = transaction.run(sql::lock_role, {name});
        if (!locked) {
            return locked.error();
        }
        if (locked->rows.empty()) {
            return Errc::role_not_found;
        }
        const auto removed = transaction.run(sql::remove_role, {name});
        if (!removed) {
            return removed.error();
        }
        return removed->affected == 0 ? Result<void>(Errc::role_in_use) : Result<void>();
    };
    return change_audited(connection_, actor_, {"role-deleted", name.str()}, change);
}

}  // namespace signet::store
