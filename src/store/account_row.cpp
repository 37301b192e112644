#include "store/account_row.hpp"

#include <charconv>
#include <cstdint>

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
    kColumns,
};

std::optional<std::int64_t> to_seconds(const std::optional<std::string>& digits) {
    std::int64_t out = 0;
    if (!digits ||
        std::from_chars(digits->data(), digits->data() + digits->size(), out).ec != std::errc()) {
        return std::nullopt;
    }
    return out;
}

}  // namespace

Result<std::vector<Account>> read_accounts(const Rows& rows) {
    std::vector<Account> out;
    for (const Row& row : rows.rows) {
        if (row.size() != kColumns || !row[kId]) {
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
                                  .created_at_s = to_seconds(row[kCreatedAt]).value_or(0),
                                  .last_login_at_s = to_seconds(row[kLastLoginAt])});
        }
        if (row[kRole]) {
            out.back().roles.push_back(*row[kRole]);
        }
    }
    return out;
}

}  // namespace signet::store
