#include "store/adoption.hpp"

#include "store/function_name.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <utility>

namespace signet::store {
namespace {

constexpr sql::Query kAccountsOfOthers{"accounts_of_others", sql::accounts_of_others};

// Describes relations that have the names of our tables, in the order of kAccountsOfOthers. Returns
// an empty text if there are none.
std::string describe_others(const Rows& others) {
    std::string out;
    for (const Row& row : others.rows) {
        std::string unlike;
        for (const auto& [cell, before] :
             {std::pair(row.at(2), ""), std::pair(row.at(3), "without "),
              std::pair(row.at(4), "also ")}) {
            if (cell) {
                unlike += (unlike.empty() ? "" : "; ") + std::string(before) + *cell;
            }
        }
        out += (out.empty() ? "the " : ", the ") + row.at(0).value_or("") + ' ' +
               row.at(1).value_or("") + (unlike.empty() ? "" : " (" + unlike + ')');
    }
    return out;
}

// Tells whether AUTH_ADOPT=on alone would help: the migration refuses views and columns of another
// type.
bool can_be_adopted(const Rows& others) {
    return std::ranges::all_of(others.rows,
                               [](const Row& row) { return row.at(0) == "table" && !row.at(2); });
}

// Tells by the catalog alone whether the tables in the configured schema are Signet's. Objects if
// these are in another schema. `runner` is a Connection or a Transaction.
template <class Runner>
Result<bool> are_ours(Runner& runner, std::optional<std::string>& objection) {
    const auto known = runner.run(sql::accounts_known);
    if (!known || known->rows.empty()) {
        return known ? Result<bool>(false) : Result<bool>(known.error());
    }
    const Row& row = known->rows[0];
    if (row.at(1) != "true") {
        objection = "the tables of Signet are in the schema " +
                    quote_identifier(row.at(0).value_or("")) +
                    ", which is not the one that AUTH_DATABASE_SCHEMA names";
    }
    return row.at(1) == "true";
}

template <class Runner>
Result<std::optional<std::string>> objection_to_tables(Runner& runner, bool adopt) {
    std::optional<std::string> objection;
    const auto ours = are_ours(runner, objection);
    if (!ours) {
        return ours.error();
    }
    if (*ours || objection || adopt) {
        return objection;
    }
    const auto others = runner.run(kAccountsOfOthers);
    if (!others) {
        return others.error();
    }
    if (!others->rows.empty()) {
        objection =
            "there are tables that neither Signet nor the service before it made, so they are left "
            "alone: " +
            describe_others(*others) +
            ". Either set AUTH_DATABASE_SCHEMA to the name of a schema that Signet's own tables go "
            "to; or see in `signet migrate --plan` each change that Signet would make to these, "
            "and set AUTH_ADOPT=on to have them changed";
        if (!can_be_adopted(*others)) {
            *objection += ", once what is of another type, or is no table, is as Signet needs it";
        }
    }
    return objection;
}

template <class Runner>
Result<std::optional<std::string>> objection_to_missing(Runner& runner) {
    std::optional<std::string> objection;
    const auto ours = are_ours(runner, objection);
    if (!ours) {
        return ours.error();
    }
    if (!*ours && !objection) {
        objection =
            "the database was migrated, but its tables are not in the schema that "
            "AUTH_DATABASE_SCHEMA names";
    }
    return objection;
}

}  // namespace

Result<std::optional<std::string>> object_to_tables(Connection& connection, bool adopt) {
    return objection_to_tables(connection, adopt);
}

Result<std::optional<std::string>> object_to_tables(Transaction& transaction, bool adopt) {
    return objection_to_tables(transaction, adopt);
}

Result<std::optional<std::string>> object_to_missing(Connection& connection) {
    return objection_to_missing(connection);
}

Result<std::optional<std::string>> object_to_missing(Transaction& transaction) {
    return objection_to_missing(transaction);
}

}  // namespace signet::store
