#include "store/store.hpp"

#include "store/account_admin.hpp"
#include "store/account_store.hpp"
#include "store/key_home.hpp"
#include "store/session_care.hpp"
#include "store/session_store.hpp"

namespace signet::store {
namespace {

class PgStore final : public Store {
public:
    explicit PgStore(const ConnectionOptions& options) : connection_(options) {}
    AccountStore& accounts() override { return accounts_; }
    AccountAdmin& account_admin() override { return account_admin_; }
    RoleAdmin& role_admin() override { return role_admin_; }
    SessionStore& sessions() override { return sessions_; }
    SessionCare& session_care() override { return session_care_; }

private:
    Connection connection_;
    PgAccountStore accounts_{connection_};
    PgAccountAdmin account_admin_{connection_};
    PgRoleAdmin role_admin_{connection_};
    PgSessionStore sessions_{connection_};
    PgSessionCare session_care_{connection_};
};

}  // namespace

std::unique_ptr<Store> make_store(const ConnectionOptions& options) {
    return std::make_unique<PgStore>(options);
}

std::unique_ptr<KeyHome> make_key_home(const ConnectionOptions& options) {
    return std::make_unique<PgKeyHome>(options);
}

}  // namespace signet::store
