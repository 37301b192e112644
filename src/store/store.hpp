#pragma once

#include "store/account_admin.hpp"
#include "store/conninfo.hpp"
#include "store/migrate.hpp"

#include <signet/ports/accounts.hpp>
#include <signet/ports/key_home.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/users.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace signet::store {

// The ports of one thread over one connection of its own.
class Store {
public:
    virtual ~Store() = default;
    virtual AccountStore& accounts() = 0;
    virtual AccountAdmin& account_admin() = 0;
    virtual RoleAdmin& role_admin() = 0;
    virtual SessionStore& sessions() = 0;
    virtual SessionMaintenance& session_maintenance() = 0;
    virtual UserReader& user_reader() = 0;

    // See check_database() and find_foreign_objects().
    virtual MigrateResult<std::vector<ForeignObject>> check(
        const std::optional<Text>& default_role) = 0;
    virtual Result<std::vector<ForeignObject>> foreign_objects() = 0;
    // A row of the audit for what an operator changed elsewhere than in this database.
    virtual Result<void> note_deed(const Deed& deed) = 0;
};

// Never fails and never blocks: the connection is made at first use. One for each thread. Migrate
// first (store/migrate.hpp); until then every call is store_unavailable.
std::unique_ptr<Store> make_store(const ConnectionOptions& options);

// The signing keys in PostgreSQL, for one thread: two connections of its own, made at first use,
// one of them to wait for changes. Never fails and never blocks.
std::unique_ptr<KeyHome> make_key_home(const ConnectionOptions& options);

// What changes about users in PostgreSQL, for one thread: two connections of its own, as above.
std::unique_ptr<UserFeed> make_user_feed(const ConnectionOptions& options);

}  // namespace signet::store
