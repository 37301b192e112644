#include "store/account_row.hpp"

#include "store/cell.hpp"

#include <cstdint>
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

}  // namespace

Result<std::vector<Account>> read_accounts(const Rows& rows) {
    std::vector<Account> out;
    for (const Row& row : rows.rows) {
        if (row.size() < kColumns || !row[kId]) {
            return Error{Errc::store_failed, "the row of an account has other columns"};
        }
        if (out.empty() || out.back().id.str() != *row[kId]) {
            auto id = UserId::parse(*row[kId]);
            if (!id) {
                return Error{Errc::store_failed, "the id of an account is not a UUID"};
            }
            out.push_back(Account{.id = std::move(*id),
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
    auto accounts = read_accounts(*rows);
    if (!accounts) {
        return accounts.error();
    }
    return accounts->empty() ? std::optional<Account>()
                             : std::optional(std::move(accounts->front()));
}

}  // namespace signet::store
