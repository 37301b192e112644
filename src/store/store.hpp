#pragma once

#include "store/audit.hpp"
#include "store/conninfo.hpp"
#include "store/migrate.hpp"
#include "store/user_source.hpp"

#include <signet/ports/accounts.hpp>
#include <signet/ports/failures.hpp>
#include <signet/ports/key_home.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/tickets.hpp>
#include <signet/ports/user_import.hpp>
#include <signet/ports/users.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace signet::store {

// The ports of one thread, which share one connection.
class Store {
public:
    virtual ~Store() = default;
    virtual AccountStore& accounts() = 0;
    virtual FailureStore& failures() = 0;
    virtual CodeStore& codes() = 0;
    virtual Outbox& outbox() = 0;
    virtual AccountAdmin& account_admin() = 0;
    virtual RoleAdmin& role_admin() = 0;
    virtual SessionStore& sessions() = 0;
    virtual SessionMaintenance& session_maintenance() = 0;
    virtual UserReader& user_reader() = 0;
    virtual AuditTrail& audit() = 0;

    // See check_database() and find_foreign_objects().
    virtual MigrateResult<std::vector<ForeignObject>> check(
        const std::optional<Text>& default_role) = 0;
    virtual Result<std::vector<ForeignObject>> foreign_objects() = 0;
    // Writes an audit row for a change that `actor` made outside this database.
    virtual Result<void> write_audit(std::string_view actor, const AuditRow& row) = 0;

    // Returns the clock of PostgreSQL, in Unix seconds.
    virtual Result<std::int64_t> database_time() = 0;
    // See Connection::pools_transactions().
    virtual Result<bool> pools_transactions() = 0;
    // Returns from how many addresses Signet is connected to this database with this role, without
    // this connection. A pooler in between is one address.
    virtual Result<std::size_t> count_client_addresses() = 0;
};

// Makes the store of one thread. Never fails and never blocks, because it connects at first use.
// Migrate first (store/migrate.hpp); until then every call returns store_unavailable.
std::unique_ptr<Store> make_store(const ConnectionOptions& options);

// Makes what adds users in bulk, and what reads them from the database of another service. Each has
// a connection of its own, which it opens at first use. Never fails and never blocks.
std::unique_ptr<UserImport> make_user_import(const ConnectionOptions& options);
std::unique_ptr<UserSource> make_user_source(UserLayout layout, const ConnectionOptions& options);

// Makes the key home of one thread in PostgreSQL. It has two connections, one of them to wait for
// changes, and opens them at first use. Never fails and never blocks.
std::unique_ptr<KeyHome> make_key_home(const ConnectionOptions& options);

// Makes the feed of changed users of one thread in PostgreSQL, with two connections as above.
std::unique_ptr<UserFeed> make_user_feed(const ConnectionOptions& options);

}  // namespace signet::store
