#include "cli/keys.hpp"

#include "base/file_guard.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/times.hpp"
#include "config/load.hpp"
#include "config/source.hpp"
#include "keys/directory_home.hpp"
#include "server/adapters.hpp"
#include "server/key_access.hpp"
#include "store/store.hpp"
#include "tokens/key_set.hpp"

#include <signet/service/admin.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <ostream>
#include <utility>
#include <variant>

namespace signet::cli {
namespace {

using keys::KeyPlan;
using keys::KeyRow;
using keys::Run;

// Returns the time, or nothing for 0, which stands for a time that is not known.
std::optional<std::int64_t> known(std::int64_t unix_s) {
    return unix_s == 0 ? std::nullopt : std::optional(unix_s);
}

void write_key(JsonWriter& json, const KeyRow& row) {
    const KeyLife& life = row.life;
    json.begin_object()
        .member("kid", life.kid)
        .member("alg", life.alg)
        .member("bits", row.bits)
        .member("state", to_string(life.state))
        .member("createdAt", time_text(known(life.created_at_s)))
        .member("publishedAt", time_text(known(life.published_at_s)))
        .member("activeAfter", time_text(known(life.active_after_s)))
        .member("retiredAt", time_text(life.retired_at_s))
        .member("removeAfter", time_text(life.remove_after_s))
        .end_object();
}

std::vector<std::string> key_cells(const KeyRow& row) {
    const KeyLife& life = row.life;
    return {shown(life.kid),
            life.alg,
            std::to_string(row.bits),
            std::string(to_string(life.state)) + (life.foreign ? " (foreign)" : ""),
            time_text(known(life.created_at_s)).value_or("-"),
            time_text(known(life.active_after_s)).value_or("-"),
            time_text(life.remove_after_s).value_or("-")};
}

// The details of errors about keys are whole sentences. Those of others, such as the database's,
// are printed after the title of their code.
int fail_change(const CommandIo& io, const Error& error) {
    const bool about_keys = error.errc == Errc::invalid_input || error.errc == Errc::key_unusable;
    return about_keys && !error.log_detail.empty() ? fail(io, error.log_detail) : fail(io, error);
}

// Plans the change or, with --yes, makes it, and prints what it does.
int run_change(const KeyCommand& command, const std::function<Result<KeyPlan>(Run)>& operation) {
    const auto plan = operation(command.yes ? Run::execute : Run::preview);
    if (!plan) {
        return fail_change(command.io, plan.error());
    }
    for (const std::string& line : plan->lines) {
        command.io.out << shown(line) << '\n';
    }
    for (const std::string& line : plan->left) {
        fail(command.io, line);
    }
    const int code = plan->left.empty() ? kExitOk : kExitFailed;
    if (!plan->changes) {
        return code;
    }
    if (!command.yes) {
        command.io.out << "Nothing was changed. Add --yes to do it.\n";
    }
    return code;
}

// Returns kExitUnusableConfig if the imported key cannot be used, as for one in the key directory.
int run_import(const KeyCommand& command, const std::function<Result<KeyPlan>(Run)>& operation) {
    bool is_unusable = false;
    const int code = run_change(command, [&](Run run) {
        auto plan = operation(run);
        is_unusable = !plan && plan.error().errc == Errc::key_unusable;
        return plan;
    });
    return is_unusable ? kExitUnusableConfig : code;
}

int wrong_usage(const CommandIo& io, std::string_view message) {
    io.err << "signet: " << message << '\n';
    return kExitWrongUsage;
}

int import_public(const KeyCommand& command, const KeyImport& wanted, std::string_view pem,
                  std::int64_t now_s) {
    const auto until_s = wanted.until ? read_until(*wanted.until, now_s) : std::nullopt;
    if (!until_s) {
        return wrong_usage(command.io,
                           "a public key needs --until, the time when its last token expires: a "
                           "duration such as 14d, or a date in the future such as 2030-01-31 or "
                           "2030-01-31T18:00:00Z");
    }
    return run_import(command, [&](Run run) {
        return command.admin.import_public(
            {.pem = pem, .source = wanted.file, .until_s = *until_s, .kid = wanted.kid}, run);
    });
}

}  // namespace

int report_unusable_keys(const std::vector<std::string>& errors, const CommandIo& io) {
    for (const std::string& error : errors) {
        fail(io, error);
    }
    return kExitUnusableConfig;
}

int keys_list(const std::vector<KeyRow>& rows, bool json, const CommandIo& io) {
    if (rows.empty() && !json) {
        io.err << "signet: there are no keys yet; `signet serve` makes the first\n";
        return kExitOk;
    }
    print_rows(io, json, rows, write_key,
               {"KID", "ALG", "BITS", "STATE", "CREATED", "ACTIVE AFTER", "REMOVE AFTER"},
               key_cells);
    return kExitOk;
}

int keys_export(const tokens::KeySet& keys, const CommandIo& io) {
    if (keys.keys().empty()) {
        return fail(io, "there are no keys to export");
    }
    io.out << keys.jwks() << '\n';
    return kExitOk;
}

int keys_stage(const KeyCommand& command, const std::optional<std::string>& alg) {
    return run_change(command, [&](Run run) { return command.admin.stage(alg, run); });
}

int keys_promote(const KeyCommand& command, bool force) {
    return run_change(command, [&](Run run) { return command.admin.promote(force, run); });
}

int keys_retire(const KeyCommand& command, std::string_view kid) {
    return run_change(command, [&](Run run) { return command.admin.retire(kid, run); });
}

int keys_revoke(const KeyCommand& command, std::string_view kid) {
    return run_change(command, [&](Run run) { return command.admin.revoke(kid, run); });
}

int keys_rewrap(const KeyCommand& command) {
    return run_change(command, [&](Run run) { return command.admin.rewrap(run); });
}

int sessions_rewrap(SessionMaintenance& sessions, const SessionSealer& sealer, bool yes,
                    const CommandIo& io) {
    Progress progress(io, "looking at sessions", 0);
    const auto count =
        rewrap_sessions(sessions, sealer, yes, [&](std::size_t seen) { progress.update(seen); });
    progress.clear();
    if (!count) {
        return fail(io, count.error());
    }
    if (count->outdated > 0) {
        io.out << (yes ? "Sealed the keys of " : "Would seal the keys of ") << count->outdated
               << " session(s) under the first key-encryption key.\n";
        if (!yes) {
            io.out << "No session was changed. Add --yes to do it.\n";
        }
    }
    if (count->unreadable > 0) {
        return fail(
            io, std::to_string(count->unreadable) +
                    " session(s) cannot be read, and nobody can refresh them: " + count->reason);
    }
    return kExitOk;
}

int outbox_rewrap(Outbox& outbox, const SessionSealer& sealer, bool yes, const CommandIo& io) {
    Progress progress(io, "looking at the outbox", 0);
    const auto count =
        rewrap_outbox(outbox, sealer, yes, [&](std::size_t seen) { progress.update(seen); });
    progress.clear();
    if (!count) {
        return fail(io, count.error());
    }
    if (count->outdated > 0) {
        io.out << (yes ? "Sealed " : "Would seal ") << count->outdated
               << " row(s) of the outbox under the first key-encryption key.\n";
        if (!yes) {
            io.out << "No row was changed. Add --yes to do it.\n";
        }
    }
    if (count->unreadable > 0) {
        return fail(io, std::to_string(count->unreadable) +
                            " row(s) of the outbox cannot be read, and are given up within an "
                            "hour: " +
                            count->reason);
    }
    return kExitOk;
}

int keys_import(const KeyCommand& command, const KeyImport& wanted, std::int64_t now_s) {
    auto content = read_small_file(wanted.file);
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        return fail(command.io, wanted.file + ' ' + fault->text);
    }
    auto& [pem, access] = std::get<SmallFile>(content);
    const WipeOnExit wiped(pem);
    if (pem.find("PRIVATE KEY-----") == std::string::npos) {
        return import_public(command, wanted, pem, now_s);
    }
    if (wanted.until || wanted.kid) {
        return wrong_usage(command.io, "--until and --kid are for public keys");
    }
    if (const auto exposure = find_exposure(access, ProcessUser::current())) {
        return report_unusable_keys({wanted.file + ' ' + *exposure}, command.io);
    }
    return run_import(command,
                      [&](Run run) { return command.admin.import_private(pem, wanted.file, run); });
}

std::vector<KeyRow> rows_of(const tokens::KeySet& keys) {
    std::vector<KeyRow> rows;
    for (const tokens::KeyInfo& info : keys.list()) {
        KeyRow row;
        row.life.kid = info.kid;
        row.life.alg = info.alg;
        row.life.state = info.state;
        row.life.created_at_s = info.created_at_s;
        row.bits = info.bits;
        row.has_private = info.has_private;
        rows.push_back(std::move(row));
    }
    return rows;
}

namespace {

constexpr std::string_view kFixed =
    "AUTH_PRIVATE_KEY is set: the one key is fixed, and nothing changes it but another value.";

int rewrap_rows(const config::Config& config, bool yes, const CommandIo& io) {
    const auto keys = server::open_session_keys(
        config.keys, [&io](const std::string& notice) { fail(io, notice); });
    if (!keys) {
        return fail(io, keys.error());
    }
    const auto store = store::make_store(server::operator_options(config.store));
    const int sessions = sessions_rewrap(store->session_maintenance(), **keys, yes, io);
    const int outbox = outbox_rewrap(store->outbox(), **keys, yes, io);
    return sessions != kExitOk ? sessions : outbox;
}

int run_fixed(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
              const CommandIo& io) {
    if (verb == KeyVerb::rewrap && !config.keys.encryption_keys.empty()) {
        if (config.store.database_url.empty()) {
            fail(io,
                 "DATABASE_URL is required: the keys of sessions and what waits in the outbox are "
                 "sealed there");
            return kExitUnusableConfig;
        }
        return rewrap_rows(config, arguments.yes, io);
    }
    if (verb != KeyVerb::list && verb != KeyVerb::export_set) {
        return fail(io, std::string(kFixed) +
                            " Keys that rotate live in AUTH_KEYS_DIR, or in PostgreSQL with "
                            "AUTH_KEY_ENCRYPTION_KEY, without AUTH_PRIVATE_KEY; beside it that "
                            "seals the keys of sessions only.");
    }
    const keys::KeyLoad load = server::load_keys(config, SystemClock().now_s());
    if (!load.keys) {
        return report_unusable_keys(load.errors, io);
    }
    if (verb == KeyVerb::list && !arguments.json) {
        io.err << "signet: " << kFixed << '\n';
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

int change_keys(KeyVerb verb, const KeyArguments& arguments, const KeyCommand& command) {
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

// Returns what is wrong with the keys of a directory. In PostgreSQL constraints keep them sound.
std::vector<std::string> find_faults(KeyHome& home) {
    auto* const directory = dynamic_cast<keys::DirectoryHome*>(&home);
    return directory == nullptr ? std::vector<std::string>{}
                                : directory->find_faults(keys::DirectoryHome::Strays::pass);
}

// Adds changes of keys in a directory to signet.audit, if there is a database, besides the audit
// file of the directory. A change of keys in PostgreSQL is audited by its own transaction.
void note_in_database(const config::Config& config, const std::vector<KeyAudit>& noted,
                      const CommandIo& io) {
    if (config.keys.in_database() || config.store.database_url.empty() || noted.empty()) {
        return;
    }
    const auto store = store::make_store(server::operator_options(config.store));
    for (const KeyAudit& audit : noted) {
        const auto written =
            store->write_audit(audit.actor, {audit.action, audit.kid, audit.detail});
        if (!written) {
            fail(io, "the change was made and is recorded in the audit file of " +
                         config.keys.directory +
                         ", but not in signet.audit: " + written.error().log_detail);
            return;
        }
    }
}

// Seals the signing keys, and then the keys of sessions and what waits in the outbox, under the
// first key-encryption key.
int run_rewrap(const config::Config& config, const KeyCommand& command) {
    const int code = keys_rewrap(command);
    if (code != kExitOk || !config.keys.in_database()) {
        return code;
    }
    return rewrap_rows(config, command.yes, command.io);
}

}  // namespace

int run_keys(KeyVerb verb, const KeyArguments& arguments, const config::Config& config,
             const CommandIo& io) {
    if (config.keys.fixed()) {
        return run_fixed(verb, arguments, config, io);
    }
    // Listing and exporting must not make a directory.
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
    keys::KeyAdmin admin(
        *access->home, *access->codec, config.keys.rotation, config.keys.making,
        {.actor = server::operator_name(),
         .consumers_s = config.keys.jwks_max_age_s + config.keys.jwks_consumer_tick_s});
    if (verb == KeyVerb::list) {
        const auto rows = admin.list();
        return rows ? keys_list(*rows, arguments.json, io) : fail(io, rows.error());
    }
    const KeyCommand command{.admin = admin, .io = io, .yes = arguments.yes};
    const int code = verb == KeyVerb::rewrap ? run_rewrap(config, command)
                                             : change_keys(verb, arguments, command);
    note_in_database(config, admin.noted(), io);
    return code;
}

KeyWords::KeyWords(CLI::App& group, std::function<void(KeyVerb)> choose)
    : group_(group), choose_(std::move(choose)) {
    add_looks();
    add_changes();
    add_import();
}

CLI::App* KeyWords::add(KeyVerb verb, const char* name, const char* about) {
    CLI::App* const command = group_.add_subcommand(name, about);
    command->callback([this, verb] { choose_(verb); });
    return command;
}

CLI::App* KeyWords::add_change(KeyVerb verb, const char* name, const char* about) {
    CLI::App* const command = add(verb, name, about);
    command->add_flag("--yes", arguments_.yes,
                      "make the change; without it the command only prints what it would do");
    return command;
}

void KeyWords::add_looks() {
    add(KeyVerb::list, "list", "list the keys")->add_flag("--json", arguments_.json, "print JSON");
    add(KeyVerb::export_set, "export", "print the public keys as a JWKS");
}

void KeyWords::add_changes() {
    const std::vector<std::string> algs{"RS256", "ES256", "EdDSA"};
    add_change(KeyVerb::stage, "stage",
               "make the next key, which is published and does not sign yet")
        ->add_option("--alg", arguments_.alg, "RS256, ES256 or EdDSA")
        ->check(CLI::IsMember(algs));
    add_change(KeyVerb::promote, "promote", "let the next key sign, and retire the active one")
        ->add_flag("--force", arguments_.force,
                   "promote it even before every consumer has seen it");
    for (CLI::App* const command :
         {add_change(KeyVerb::retire, "retire", "take a next key back"),
          add_change(KeyVerb::revoke, "revoke",
                     "unpublish a stolen key at once, in an emergency")}) {
        command
            ->add_option("--kid,KID", arguments_.kid,
                         "kid of the key; one that begins with a hyphen needs --kid=KID")
            ->required();
        with_kid_.push_back(command);
    }
    add_change(KeyVerb::rewrap, "rewrap",
               "seal everything under the first key of AUTH_KEY_ENCRYPTION_KEY");
}

void KeyWords::add_import() {
    CLI::App* const command = add_change(
        KeyVerb::import_key, "import",
        "import a key in PEM; a private key becomes the next one, a public one is published");
    KeyImport& wanted = arguments_.import_key;
    command->add_option("FILE", wanted.file, "the PEM file")->required();
    command->add_option("--until", wanted.until,
                        "how long a public key is published: 14d, 2030-01-31 or "
                        "2030-01-31T18:00:00Z");
    command->add_option("--kid", wanted.kid,
                        "the kid that its tokens carry, if it is not the RFC 7638 thumbprint");
}

bool KeyWords::takes_kid() const {
    return std::ranges::any_of(with_kid_,
                               [](const CLI::App* command) { return command->parsed(); });
}

}  // namespace signet::cli
