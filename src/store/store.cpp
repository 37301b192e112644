#include "store/store.hpp"

#include "store/account_admin.hpp"
#include "store/accounts.hpp"
#include "store/boundary.hpp"
#include "store/failures.hpp"
#include "store/key_home.hpp"
#include "store/outbox.hpp"
#include "store/sessions.hpp"
#include "store/sql_text.hpp"
#include "store/tickets.hpp"
#include "store/user_import.hpp"
#include "store/users.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signet::store {
namespace {

class PgStore final : public Store {
public:
    explicit PgStore(const ConnectionOptions& options)
        : connection_(options),
          hosts_(count_hosts(options.dsn)),
          claims_(options),
          accounts_(connection_),
          failures_(connection_),
          codes_(connection_),
          outbox_(connection_, options.actor),
          account_admin_(connection_, options),
          role_admin_(connection_, options),
          sessions_(connection_, options),
          maintenance_(connection_, options),
          user_reader_(connection_, options),
          audit_(connection_) {}
    AccountStore& accounts() override { return accounts_; }
    FailureStore& failures() override { return failures_; }
    CodeStore& codes() override { return codes_; }
    Outbox& outbox() override { return outbox_; }
    AccountAdmin& account_admin() override { return account_admin_; }
    RoleAdmin& role_admin() override { return role_admin_; }
    SessionStore& sessions() override { return sessions_; }
    SessionMaintenance& session_maintenance() override { return maintenance_; }
    UserReader& user_reader() override { return user_reader_; }
    AuditTrail& audit() override { return audit_; }
    MigrateResult<std::vector<ForeignObject>> check(
        const std::optional<Text>& default_role) override {
        auto warnings = check_database(connection_, claims_, default_role);
        if (!warnings) {
            return warnings;
        }
        // The database can be used, so a look that fails is no reason to say otherwise.
        if (const auto lossy = find_lossy_failover(connection_, hosts_)) {
            warnings->insert(warnings->end(), lossy->begin(), lossy->end());
        }
        return warnings;
    }
    Result<std::vector<ForeignObject>> foreign_objects() override {
        return find_foreign_objects(connection_);
    }

    Result<std::int64_t> database_time() override {
        const auto rows = connection_.run(sql::database_time);
        if (!rows) {
            return rows.error();
        }
        const auto time_s = to_number(rows->rows.at(0).at(0));
        return time_s ? Result<std::int64_t>(*time_s)
                      : Error{Errc::store_failed, "the clock of PostgreSQL cannot be read"};
    }
    Result<bool> pools_transactions() override { return connection_.pools_transactions(); }
    Result<std::size_t> count_client_addresses() override {
        const auto rows = connection_.run(sql::count_client_addresses);
        if (!rows) {
            return rows.error();
        }
        const auto count = to_number<std::size_t>(rows->rows.at(0).at(0));
        return count ? Result<std::size_t>(*count)
                     : Error{Errc::store_failed, "the sessions of PostgreSQL cannot be counted"};
    }

    Result<void> write_audit(std::string_view actor, const AuditRow& row) override {
        return connection_.transact(
            [&](Transaction& transaction) { return store::write_audit(transaction, actor, row); });
    }

private:
    Connection connection_;
    std::size_t hosts_;
    ClaimsCall claims_;
    PgAccountStore accounts_;
    PgFailureStore failures_;
    PgCodeStore codes_;
    PgOutbox outbox_;
    PgAccountAdmin account_admin_;
    PgRoleAdmin role_admin_;
    PgSessionStore sessions_;
    PgSessionMaintenance maintenance_;
    PgUserReader user_reader_;
    PgAuditTrail audit_;
};

}  // namespace

std::unique_ptr<Store> make_store(const ConnectionOptions& options) {
    return std::make_unique<PgStore>(options);
}

std::unique_ptr<UserImport> make_user_import(const ConnectionOptions& options) {
    return std::make_unique<PgUserImport>(options);
}

std::unique_ptr<UserSource> make_user_source(UserLayout layout, const ConnectionOptions& options) {
    return std::make_unique<PgUserSource>(layout, options);
}

std::unique_ptr<KeyHome> make_key_home(const ConnectionOptions& options) {
    return std::make_unique<PgKeyHome>(options);
}

std::unique_ptr<UserFeed> make_user_feed(const ConnectionOptions& options) {
    return std::make_unique<PgUserFeed>(options);
}

}  // namespace signet::store
