#include "cli/key_desk.hpp"

#include "base/system.hpp"
#include "cli/acting_home.hpp"
#include "cli/output.hpp"
#include "config/load.hpp"
#include "keys/directory_home.hpp"
#include "server/adapters.hpp"
#include "server/key_access.hpp"
#include "store/store.hpp"
#include "tokens/key_set.hpp"

#include <vector>

namespace signet::cli {
namespace {

int run_fixed(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
              const CommandIo& io) {
    if (verb != KeyVerb::list && verb != KeyVerb::export_set) {
        return fail(io,
                    "AUTH_PRIVATE_KEY is set: the one key is fixed, and nothing changes it but "
                    "another value. Keys that rotate live in AUTH_KEYS_DIR, or in PostgreSQL with "
                    "AUTH_KEY_ENCRYPTION_KEY.");
    }
    const keys::KeyLoad load = server::load_keys(config, SystemClock().now_s());
    if (!load.keys) {
        return report_unusable_keys(load.errors, io);
    }
    return verb == KeyVerb::list ? keys_list(rows_of(*load.keys), arguments.json, io)
                                 : keys_export(*load.keys, io);
}

int run_export(server::KeyAccess& access, const CommandIo& io) {
    const auto view = access.home->load();
    if (!view) {
        return fail(io, view.error());
    }
    std::vector<std::string> warnings;
    const auto keys = keys::make_key_set(*view, *access.codec, &warnings);
    if (!keys) {
        return fail(io, keys.error());
    }
    for (const std::string& warning : warnings) {
        fail(io, warning);
    }
    return keys_export(*keys, io);
}

int run_change(KeyVerb verb, const KeyArguments& arguments, const KeyCommand& command) {
    switch (verb) {
        case KeyVerb::stage:
            return keys_stage(command, arguments.alg);
        case KeyVerb::promote:
            return keys_promote(command, arguments.force);
        case KeyVerb::retire:
            return keys_retire(command, arguments.kid);
        case KeyVerb::revoke:
            return keys_revoke(command, arguments.kid);
        default:
            return keys_import(command, arguments.import_key, SystemClock().now_s());
    }
}

// What is wrong with the keys of a directory; there is nothing of that kind elsewhere.
std::vector<std::string> find_faults(KeyHome& home) {
    auto* const directory = dynamic_cast<keys::DirectoryHome*>(&home);
    return directory == nullptr ? std::vector<std::string>{}
                                : directory->find_faults(keys::DirectoryHome::Strays::pass);
}

// Keys in PostgreSQL are changed in the transaction that notes it. Those of a directory have an
// audit file of their own; where there is a database, signet.audit has the deed as well.
void note_in_database(const config::Config& config, const ActingHome& home, const CommandIo& io) {
    if (config.keys.in_database() || config.store.database_url.empty() || home.noted().empty()) {
        return;
    }
    const auto store = store::make_store(server::operator_options(config.store));
    for (const KeyAudit& audit : home.noted()) {
        const auto noted = store->note_deed({audit.action, audit.kid, audit.detail});
        if (!noted) {
            fail(io, "the change was made, and stands in the audit file of " +
                         config.keys.directory +
                         ", but not in signet.audit: " + noted.error().log_detail);
            return;
        }
    }
}

// Seals the keys of signing, then those of sessions, under the first key-encryption key.
int run_rewrap(const config::Config& config, const KeyCommand& command) {
    const int code = keys_rewrap(command);
    if (code != kExitOk || !config.keys.in_database()) {
        return code;
    }
    const auto keys = server::open_session_keys(
        config.keys, [&command](const std::string& notice) { fail(command.io, notice); });
    if (!keys) {
        return fail(command.io, keys.error());
    }
    const auto store = store::make_store(server::operator_options(config.store));
    return sessions_rewrap(store->session_maintenance(), **keys, command.yes, command.io);
}

}  // namespace

int run_keys(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
             const CommandIo& io) {
    if (config.keys.fixed()) {
        return run_fixed(verb, arguments, config, io);
    }
    // A look makes no directory.
    const bool looks_only = verb == KeyVerb::list || verb == KeyVerb::export_set;
    if (looks_only && !config.keys.in_database() && !server::has_key_files(config.keys.directory)) {
        return verb == KeyVerb::list ? keys_list({}, arguments.json, io) : keys_export({}, io);
    }
    auto access = server::open_keys(config, server::connection_options(config.store),
                                    [&io](const std::string& notice) { fail(io, notice); });
    if (!access) {
        fail(io, access.error());
        return kExitUnusableConfig;
    }
    if (const auto faults = find_faults(*access->home); !faults.empty()) {
        return report_unusable_keys(faults, io);
    }
    if (verb == KeyVerb::export_set) {
        return run_export(*access, io);
    }
    ActingHome home(*access->home, server::operator_name());
    keys::KeyAdmin admin(home, *access->codec, config.keys.rotation, config.keys.making);
    if (verb == KeyVerb::list) {
        const auto rows = admin.list();
        return rows ? keys_list(*rows, arguments.json, io) : fail(io, rows.error());
    }
    const KeyCommand command{
        .admin = admin,
        .io = io,
        .yes = arguments.yes,
        .consumers_s = config.keys.jwks_max_age_s + config.keys.jwks_consumer_tick_s};
    const int code = verb == KeyVerb::rewrap ? run_rewrap(config, command)
                                             : run_change(verb, arguments, command);
    note_in_database(config, home, io);
    return code;
}

}  // namespace signet::cli
