#include "store/account_admin.hpp"

#include "store/account_transaction.hpp"
#include "store/accounts.hpp"
#include "store/audit.hpp"
#include "store/boundary.hpp"
#include "store/sql_text.hpp"
#include "store/tickets.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace signet::store {
namespace {

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
    const auto stored = read_account(adding.transaction().run(sql::find_by_id, {account.id}));
    if (!stored) {
        return stored.error();
    }
    if (auto done = adding.commit(); !done) {
        return done.error();
    }
    return *stored ? Result<Account>(**stored)
                   : Error{Errc::store_failed, "a new account cannot be read back"};
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
            return one_user_affected(transaction.run(sql::set_active, {id, active}));
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
            if (auto spent = PgTicketStore(transaction, connection_).spend_all(id); !spent) {
                return spent;
            }
            // This is a separate statement, so that it sees the session of a login that held the
            // row of the user.
            return outcome_of(transaction.run(sql::end_sessions, {id, std::optional<SessionId>()}));
        });
}

Result<void> PgAccountAdmin::remove(const UserId& id) {
    const auto done = change_audited(
        connection_, actor_, {"user-deleted", id.str()}, [&](Transaction& transaction) {
            auto removed = one_user_affected(transaction.run(sql::remove_user, {id}));
            return removed ? outcome_of(transaction.run(sql::forget_failures_of, {id})) : removed;
        });
    return done ? done : explain_deletion(done.error(), connection_.last_sqlstate());
}

Result<void> PgAccountAdmin::rename(const UserId& id, const Text& username) {
    return change_name(id, {"user-renamed", sql::set_username, username, std::nullopt});
}

Result<void> PgAccountAdmin::set_email(const UserId& id, const std::optional<Text>& email) {
    return change_name(id, {"email-set", sql::set_email, std::nullopt, email});
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
        const std::string detail = "from " + rows->rows.at(0).at(0).value_or("none") + " to " +
                                   (name ? name->str() : "none");
        return write_audit(transaction, actor_, {std::string(change.action), id.str(), detail});
    });
    // A client that does not take our lock was faster: a new transaction sees its row.
    if (!done && connection_.last_sqlstate() == kUniqueViolation) {
        auto taken = connection_.transact(free);
        return taken ? done : taken;
    }
    return done;
}

Result<std::vector<Text>> PgAccountAdmin::grant(const UserId& id, const std::vector<Text>& roles) {
    return change_roles(id, roles, sql::grant_role, "role-granted");
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
        return {};
    });
    return done ? Result<std::vector<Text>>(std::move(changed))
                : Result<std::vector<Text>>(done.error());
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
