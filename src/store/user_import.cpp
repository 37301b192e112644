#include "store/user_import.hpp"

#include "base/json.hpp"
#include "store/audit.hpp"
#include "store/boundary.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace signet::store {
namespace {

// Statements are planned anew each time: one that was planned while the tables were empty would
// read all of them once they have grown.
ConnectionOptions planned_anew(ConnectionOptions options) {
    options.prepare_queries = false;
    return options;
}

std::optional<std::string> text_of(const std::optional<Text>& text) {
    return text ? std::optional(text->str()) : std::nullopt;
}

// Returns a JSON array of what `write` writes of each of `rows`.
template <class Rows, class Write>
Text to_array(const Rows& rows, Write write) {
    JsonWriter json;
    json.begin_array();
    for (const auto& row : rows) {
        json.begin_object();
        write(json, row);
        json.end_object();
    }
    json.end_array();
    return Text::from(json.take()).value();  // NOLINT(bugprone-unchecked-optional-access): of Text
}

void write_names(JsonWriter& json, const ImportedUser& user) {
    json.member("id", user.id.str())
        .member("username", text_of(user.username))
        .member("email", text_of(user.email));
    if (!user.password_hash.view().empty()) {
        json.member("password", user.password_hash.view());
    }
}

ImportOutcome outcome_of_look(const Row& row) {
    constexpr std::pair<std::size_t, ImportOutcome> kFlags[] = {{1, ImportOutcome::there_already},
                                                                {2, ImportOutcome::id_taken},
                                                                {3, ImportOutcome::username_taken},
                                                                {4, ImportOutcome::email_taken}};
    const auto* const flag = std::ranges::find_if(
        kFlags, [&](const auto& candidate) { return row.at(candidate.first) == "true"; });
    return flag == std::end(kFlags) ? ImportOutcome::added : flag->second;
}

Result<std::vector<ImportVerdict>> look_at(Transaction& transaction,
                                           std::span<const ImportedUser> users) {
    std::size_t number = 0;
    const Text json = to_array(users, [&](JsonWriter& writer, const ImportedUser& user) {
        writer.member("number", number++).member("has_id", user.has_id);
        write_names(writer, user);
    });
    const auto rows = transaction.run(sql::import_look, {json});
    if (!rows) {
        return rows.error();
    }
    std::vector<ImportVerdict> verdicts(users.size());
    for (const Row& row : rows->rows) {
        verdicts.at(to_number<std::size_t>(row.at(0)).value_or(0)).outcome = outcome_of_look(row);
    }
    return verdicts;
}

using Users = std::vector<const ImportedUser*>;

Result<void> insert_roles(Transaction& transaction, const Users& users) {
    std::vector<std::pair<const ImportedUser*, const Text*>> grants;
    for (const ImportedUser* user : users) {
        for (const Text& role : user->roles) {
            grants.emplace_back(user, &role);
        }
    }
    const auto granted = transaction.run(
        sql::import_roles, {to_array(grants, [](JsonWriter& json, const auto& grant) {
            json.member("id", grant.first->id.str()).member("name", grant.second->view());
        })});
    if (!granted) {
        return granted.error();
    }
    return to_number<std::size_t>(granted->rows.at(0).at(0)) == grants.size()
               ? Result<void>()
               : Error{Errc::role_not_found, "a role was deleted meanwhile"};
}

Result<void> insert(Transaction& transaction, const Users& users) {
    const Text json = to_array(users, [](JsonWriter& writer, const ImportedUser* user) {
        write_names(writer, *user);
        writer.member("active", user->active)
            .member("default_role", text_of(user->default_role))
            .member("created_at_s", user->created_at_s)
            .key("metadata")
            .raw(user->metadata.view());
    });
    if (const auto inserted = transaction.run(sql::import_users, {json}); !inserted) {
        return inserted.error();
    }
    if (auto granted = insert_roles(transaction, users); !granted) {
        return granted;
    }
    Users proven;
    std::ranges::copy_if(users, std::back_inserter(proven), &ImportedUser::email_proven);
    return store::outcome_of(transaction.run(
        sql::import_proven, {to_array(proven, [](JsonWriter& writer, const auto* user) {
            write_names(writer, *user);
        })}));
}

}  // namespace

PgUserImport::PgUserImport(const ConnectionOptions& options)
    : connection_(planned_anew(options)), actor_(options.actor) {}

Result<std::vector<ImportVerdict>> PgUserImport::look(std::span<const ImportedUser> users) {
    auto verdicts = Result<std::vector<ImportVerdict>>(std::vector<ImportVerdict>());
    const auto done = connection_.transact([&](Transaction& transaction) {
        verdicts = look_at(transaction, users);
        return verdicts ? Result<void>() : Result<void>(verdicts.error());
    });
    return done ? verdicts : done.error();
}

Result<std::vector<ImportVerdict>> PgUserImport::add(std::span<const ImportedUser> users,
                                                     std::string_view source,
                                                     std::string_view detail) {
    auto verdicts = Result<std::vector<ImportVerdict>>(std::vector<ImportVerdict>());
    const auto done = connection_.transact([&](Transaction& transaction) -> Result<void> {
        if (auto safe = refuse_foreign_code(transaction); !safe) {
            return safe;
        }
        if (const auto locked = transaction.run(sql::lock_all_names); !locked) {
            return locked.error();
        }
        verdicts = look_at(transaction, users);
        if (!verdicts) {
            return verdicts.error();
        }
        Users free;
        for (std::size_t i = 0; i < users.size(); ++i) {
            if ((*verdicts)[i].outcome == ImportOutcome::added) {
                free.push_back(&users[i]);
            }
        }
        if (free.empty()) {
            return {};
        }
        if (auto inserted = insert(transaction, free); !inserted) {
            return inserted;
        }
        return write_audit(transaction, actor_,
                           {"users-imported", std::string(source),
                            std::to_string(free.size()) + " users of " + std::string(detail)});
    });
    if (done) {
        return verdicts;
    }
    // Something about a row: a constraint or trigger of the operator's own, or a name that SQL has
    // just taken.
    const std::string state = connection_.last_sqlstate();
    constexpr std::array<std::string_view, 5> kOfRow{"22", "23", "44", "54", "P0"};
    if (std::ranges::find(kOfRow, std::string_view(state).substr(0, 2)) == kOfRow.end()) {
        return done.error();
    }
    if (users.size() == 1) {
        return std::vector<ImportVerdict>{{ImportOutcome::refused, done.error().log_detail}};
    }
    const std::size_t half = users.size() / 2;
    auto first = add(users.first(half), source, detail);
    if (!first) {
        return first;
    }
    auto second = add(users.subspan(half), source, detail);
    if (!second) {
        return second;
    }
    first->insert(first->end(), second->begin(), second->end());
    return first;
}

}  // namespace signet::store
