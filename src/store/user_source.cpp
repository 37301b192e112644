#include "store/user_source.hpp"

#include "store/sql_fill.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <utility>

namespace signet::store {
namespace {

// Whose rows may have texts of any length.
constexpr std::size_t kPageRows = 200;

// The columns of sql/templates/source_*.sql. The key orders the rows; roles stand in lines.
enum Column : std::uint8_t {
    kKey,
    kId,
    kUsername,
    kEmail,
    kEmailVerified,
    kPassword,
    kActive,
    kDefaultRole,
    kRoles,
    kMetadata,
    kCreatedAt,
    kColumns,
};

constexpr sql::Query kOriginal{"source_original", sql::source_original};
constexpr sql::Query kHasuraAuth{"source_hasura_auth", sql::source_hasura_auth};
constexpr sql::Query kHasuraBackendPlus{"source_hasura_backend_plus",
                                        sql::source_hasura_backend_plus};

constexpr sql::Query kReader{"source_reader", sql::source_reader};
constexpr sql::Query kReadOnly{"source_read_only", sql::source_read_only};

ConnectionOptions source_options(ConnectionOptions options) {
    options.schema = "public";
    options.prepare_queries = false;
    return options;
}

bool is_true(const std::optional<std::string>& cell) {
    return cell == "t" || cell == "true";
}

SourceRow to_source_row(Row& row, std::uint64_t number) {
    SourceRow out{.number = number, .user = {}, .fault = {}};
    ForeignUser& user = out.user;
    user.id = std::move(row[kId]);
    user.username = std::move(row[kUsername]);
    user.email = std::move(row[kEmail]);
    user.email_verified = is_true(row[kEmailVerified]);
    user.password_hash = std::move(row[kPassword]).value_or("");
    user.active = is_true(row[kActive]);
    user.default_role = std::move(row[kDefaultRole]);
    const std::string roles = row[kRoles].value_or("");
    for (std::size_t begin = 0; begin < roles.size();) {
        const std::size_t end = std::min(roles.find('\n', begin), roles.size());
        user.roles.push_back(roles.substr(begin, end - begin));
        begin = end + 1;
    }
    user.metadata = row[kMetadata].value_or("");
    user.created_at_s = to_number(row[kCreatedAt]);
    return out;
}

}  // namespace

PgUserSource::PgUserSource(UserLayout layout, const ConnectionOptions& options)
    : layout_(layout), connection_(source_options(options)) {}

Result<void> PgUserSource::fetch() {
    const sql::Query& query = layout_ == UserLayout::original      ? kOriginal
                              : layout_ == UserLayout::hasura_auth ? kHasuraAuth
                                                                   : kHasuraBackendPlus;
    // The tables may be views, and may have types and casts, of whoever owns them: their code runs
    // with the rights of the role that reads.
    const auto read = connection_.transact([&](Transaction& transaction) -> Result<void> {
        if (const auto only = transaction.run(kReadOnly); !only) {
            return only.error();
        }
        const auto reader = transaction.run(kReader);
        if (!reader) {
            return reader.error();
        }
        if (reader->rows.at(0).at(0) == "true") {
            return Error{
                Errc::invalid_input,
                "The role of the source's URL is a superuser or has rights on the schema "
                "signet, and code of the source would run with them. Make a role that only "
                "reads the source's tables: see docs/moving/README.md."};
        }
        auto rows =
            transaction.run(query, {after_ ? Param(*after_) : Param(std::nullopt), kPageRows});
        if (!rows) {
            return rows.error();
        }
        page_ = *std::move(rows);
        return {};
    });
    if (!read) {
        return read.error();
    }
    at_ = 0;
    last_page_ = page_.rows.size() < kPageRows;
    if (!page_.rows.empty()) {
        after_ = Uuid::parse(page_.rows.back().at(kKey).value_or(""));
        if (!after_ || page_.rows.back().size() != kColumns) {
            return Error{Errc::store_failed, "a row of the source has other columns"};
        }
    }
    return {};
}

Result<std::optional<SourceRow>> PgUserSource::next() {
    if (at_ == page_.rows.size() && !last_page_) {
        if (auto fetched = fetch(); !fetched) {
            return fetched.error();
        }
    }
    if (at_ == page_.rows.size()) {
        return std::optional<SourceRow>();
    }
    return std::optional(to_source_row(page_.rows[at_++], ++number_));
}

}  // namespace signet::store
