#include "app/config_load.hpp"
#include "password/argon2_options.hpp"
#include "store/conninfo.hpp"

#include <signet/domain/role.hpp>

namespace signet::app {
namespace {

void check_database(LoadedConfig& loaded) {
    const SecretText& url = loaded.config.store.database_url;
    if (url.empty()) {
        return;
    }
    if (const auto reason = store::check_dsn(url.reveal())) {
        loaded.errors.push_back({"DATABASE_URL",
                                 "expected a libpq URL such as "
                                 "postgres://user:password@host:port/database: " +
                                     *reason});
    }
}

void check_roles(LoadedConfig& loaded) {
    const RolePolicy& roles = loaded.config.roles;
    const auto check = [&](std::string_view variable, std::string_view role) {
        if (role != kAdminRole || loaded.has_error("AUTH_ALLOW_ADMIN_ROLE")) {
            return;
        }
        if (roles.allow_admin) {
            loaded.warnings.push_back(
                {std::string(variable),
                 "is admin: Hasura lets everybody who gets it do everything"});
        } else {
            loaded.errors.push_back({std::string(variable),
                                     "must not be admin, to which Hasura gives everything, unless "
                                     "AUTH_ALLOW_ADMIN_ROLE is true"});
        }
    };
    check("AUTH_DEFAULT_ROLE", roles.default_role);
    check("AUTH_ANONYMOUS_ROLE", roles.anonymous_role);
}

void check_fixed_key(LoadedConfig& loaded) {
    const KeyConfig& keys = loaded.config.keys;
    if (!keys.private_key.empty() || loaded.has_error("AUTH_PRIVATE_KEY")) {
        return;
    }
    if (!keys.public_key.empty()) {
        loaded.errors.push_back({"AUTH_PUBLIC_KEY", "needs AUTH_PRIVATE_KEY, whose half it is"});
    }
    if (keys.key_id) {
        loaded.errors.push_back({"AUTH_KEY_ID", "needs AUTH_PRIVATE_KEY, which it names"});
    }
}

void check_issuer(LoadedConfig& loaded) {
    const std::string& issuer = loaded.config.tokens.issuer;
    if (loaded.has_error("AUTH_ISSUER")) {
        return;
    }
    if (issuer.ends_with('/')) {
        loaded.warnings.push_back({"AUTH_ISSUER",
                                   "ends with a slash: `issuer` in HASURA_GRAPHQL_JWT_SECRET has "
                                   "to end with it too"});
    }
    const ServerConfig& server = loaded.config.server;
    const bool is_nowhere = server.host == "0.0.0.0" || server.host == "::" || server.port == 0;
    if (is_nowhere && issuer == default_issuer(server.host, server.port)) {
        loaded.warnings.push_back(
            {"AUTH_ISSUER", "is " + issuer + ", where nobody finds Signet; set it to its address"});
    }
}

void check_argon2(LoadedConfig& loaded) {
    const PasswordConfig& passwords = loaded.config.passwords;
    if (loaded.has_error("AUTH_ARGON2_MEMORY_KIB") || loaded.has_error("AUTH_ARGON2_LANES") ||
        loaded.has_error("AUTH_ARGON2_ITERATIONS")) {
        return;
    }
    const Argon2Options options{passwords.argon2_memory_kib, passwords.argon2_iterations,
                                passwords.argon2_lanes};
    if (auto fault = argon2_options_fault(options)) {
        loaded.errors.push_back({"AUTH_ARGON2_MEMORY_KIB", "does not fit: " + *fault});
    } else if (weaker_than_owasp(options)) {
        loaded.warnings.push_back({"AUTH_ARGON2_MEMORY_KIB",
                                   "makes, with AUTH_ARGON2_ITERATIONS, hashes that are cheaper to "
                                   "guess than OWASP recommends"});
    }
}

}  // namespace

void check_relations(LoadedConfig& loaded) {
    check_database(loaded);
    check_roles(loaded);
    check_fixed_key(loaded);
    check_issuer(loaded);
    check_argon2(loaded);
}

}  // namespace signet::app
