#include "contract/rooms.hpp"

#include "base/system.hpp"
#include "store/migrate.hpp"
#include "support/postgres.hpp"

#include <stdexcept>

namespace signet::test {
namespace {

std::string literal(const std::optional<std::string>& text) {
    return text ? sql_literal(*text) : "null";
}

// A migrated database to copy: made once, because migrating each time would take most of the time.
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

Ports FakeRoom::ports() const {
    auto store = std::make_shared<FakeStore>(tables_);
    return {store, store.get(), store.get(), store.get()};
}

void FakeRoom::insert_user(const SqlUser& user) {
    tables_->users.push_back({.id = user.id,
                              .username = user.username,
                              .email = user.email,
                              .password = user.password,
                              .active = user.active,
                              .default_role = user.default_role,
                              .created_at_s = 0,
                              .last_login_at_s = {}});
}

void FakeRoom::insert_role(const std::string& name) {
    tables_->roles.push_back(name);
}

void FakeRoom::insert_user_role(const std::string& user_id, const std::string& role) {
    tables_->grants.emplace(user_id, role);
}

PgRoom::PgRoom() : url_(Cluster::shared().new_database(migrated_template())) {}

Ports PgRoom::ports() const {
    std::shared_ptr<store::Store> store = store::make_store(options());
    return {store, &store->accounts(), &store->account_admin(), &store->role_admin()};
}

void PgRoom::insert_user(const SqlUser& user) {
    // Names that differ by case only come from an adopted table, where the index is plain.
    run_sql(url_, "drop index if exists user_username_folded_idx, user_email_folded_idx");
    const std::string active = !user.active ? "null" : *user.active ? "true" : "false";
    run_sql(url_,
            "insert into \"user\" (id, username, email, password, active, default_role) values (" +
                sql_literal(user.id) + ',' + literal(user.username) + ',' + literal(user.email) +
                ',' + literal(user.password) + ',' + active + ',' + literal(user.default_role) +
                ')');
}

void PgRoom::insert_role(const std::string& name) {
    run_sql(url_, "insert into role (name) values (" + sql_literal(name) + ')');
}

void PgRoom::insert_user_role(const std::string& user_id, const std::string& role) {
    run_sql(url_, "insert into user_role (user_id, role_id) select " + sql_literal(user_id) +
                      ", id from role where name = " + sql_literal(role));
}

Text text(std::string_view bytes) {
    return Text::from(bytes).value();
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
            .role = text("user")};
}

}  // namespace signet::test
