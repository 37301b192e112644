#include "store/accounts.hpp"

#include "store/failures.hpp"
#include "store/sql_text.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t {
    kId,
    kUsername,
    kEmail,
    kPassword,
    kActive,
    kDefaultRole,
    kCreatedAt,
    kLastLoginAt,
    kRole,
    kColumns = kAccountColumns,
};

const sql::Query& query_by(NameKind kind) {
    return kind == NameKind::username ? sql::find_by_username : sql::find_by_email;
}

}  // namespace

Result<std::vector<Account>> read_accounts(const Rows& rows) {
    std::vector<Account> out;
    for (const Row& row : rows.rows) {
        if (row.size() < kColumns || !row[kId]) {
            return Error{Errc::store_failed, "the row of an account has other columns"};
        }
        if (out.empty() || out.back().id.str() != *row[kId]) {
            const auto id = UserId::parse(*row[kId]);
            if (!id) {
                return Error{Errc::store_failed, "the id of an account is not a UUID"};
            }
            out.push_back(Account{.id = *id,
                                  .username = row[kUsername],
                                  .email = row[kEmail],
                                  .password_hash = row[kPassword].value_or(""),
                                  .active = row[kActive] == "true",
                                  .default_role = row[kDefaultRole],
                                  .roles = {},
                                  .created_at_s = to_number(row[kCreatedAt]).value_or(0),
                                  .last_login_at_s = to_number(row[kLastLoginAt])});
        }
        if (row[kRole]) {
            out.back().roles.push_back(*row[kRole]);
        }
    }
    return out;
}

Result<std::optional<Account>> read_account(const Result<Rows>& rows) {
    if (!rows) {
        return rows.error();
    }
    if (!rows->rows.empty() && !rows->rows.front().at(0)) {
        return std::optional<Account>();
    }
    auto accounts = read_accounts(*rows);
    if (!accounts) {
        return accounts.error();
    }
    return accounts->empty() ? std::optional<Account>()
                             : std::optional(std::move(accounts->front()));
}

Result<std::optional<Account>> PgAccountStore::find(const LoginName& name) {
    return read_account(
        connection_.run(query_by(name.kind), {name.name, std::nullopt, std::nullopt}));
}

Result<LoginMatch> PgAccountStore::find_for_login(const LoginName& name,
                                                  const LoginOrigin& origin) {
    const auto rows =
        connection_.run(query_by(name.kind), {name.name, origin.stranger, origin.network});
    auto account = read_account(rows);
    if (!account) {
        return account.error();
    }
    auto failures = read_failures(rows->rows.at(0), kAccountColumns);
    return failures ? Result<LoginMatch>(LoginMatch{*std::move(account), *std::move(failures)})
                    : failures.error();
}

Result<std::optional<Account>> PgAccountStore::find(const UserId& id) {
    return read_account(connection_.run(sql::find_by_id, {id}));
}

Result<void> PgAccountStore::ping() {
    const auto rows = connection_.run(sql::migration_version);
    if (!rows) {
        return rows.error();
    }
    const std::string applied = rows->rows.at(0).at(0).value_or("0");
    if (to_number<int>(applied).value_or(0) < sql::migrations.back().version) {
        return Error{Errc::store_unavailable,
                     "the schema has version " + applied + ", this binary needs " +
                         std::to_string(sql::migrations.back().version) + ": migrate"};
    }
    if (rows->rows.at(0).at(1) != "true") {
        connection_.leave_read_only();
        return Error{Errc::store_read_only, "the server takes no writes"};
    }
    return {};
}

}  // namespace signet::store
