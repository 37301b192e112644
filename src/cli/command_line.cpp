#include "base/system.hpp"
#include "cli/audit.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/doctor.hpp"
#include "cli/hasura.hpp"
#include "cli/hasura_metadata.hpp"
#include "cli/import.hpp"
#include "cli/keys.hpp"
#include "cli/mail.hpp"
#include "cli/outbox.hpp"
#include "cli/output.hpp"
#include "cli/times.hpp"
#include "cli/user.hpp"
#include "cli/words.hpp"
#include "config/load.hpp"
#include "routes/openapi.hpp"
#include "server/adapters.hpp"
#include "server/key_access.hpp"
#include "server/serve.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace signet::cli {
namespace {

// The arguments and options of the command line. Each command uses its own part.
struct Arguments {
    std::string name;
    std::string new_name;
    std::vector<std::string> roles;
    std::optional<std::string> email;
    ListFilter list{.limit = kListRowsDefault};
    std::optional<std::string> jwk_url;
    MetadataOrder metadata;
    MailPreview mail;
    bool json = false;
    bool yes = false;
    bool none = false;
    bool status = false;
    bool plan = false;
    bool markdown = false;
    std::vector<std::string> settings;
    InvitationOrder invitation;
    OutboxChoice outbox;
    bool sent = false;
    bool failed = false;
    std::size_t outbox_rows = kListRowsDefault;
    doctor::Scope doctor;
    ImportWords import;
    AuditQuestion audit{.limit = kListRowsDefault};
};

constexpr const char* kWho = "username, e-mail address or id";
constexpr std::size_t kListRowsMax = 10'000'000;

// An example of each command, which its help shows.
constexpr std::array<std::pair<std::string_view, std::string_view>, 44> kExamples{{
    {"serve", "PORT=4000 signet serve"},
    {"migrate", "signet migrate --status"},
    {"keys list", "signet keys list --json"},
    {"keys export", "signet keys export >jwks.json"},
    {"keys stage", "signet keys stage --yes"},
    {"keys promote", "signet keys promote --yes"},
    {"keys retire", "signet keys retire --kid=KID --yes"},
    {"keys revoke", "signet keys revoke --kid=KID --yes"},
    {"keys rewrap", "signet keys rewrap --yes"},
    {"keys import", "signet keys import old-public.pem --until 14d --yes"},
    {"user create", "signet user create ada --email ada@example.org"},
    {"user invite", "signet user invite ada@example.org --role editor"},
    {"user list", "signet user list --search example.org --role editor --limit 20"},
    {"user show", "signet user show ada@example.org"},
    {"user claims", "signet user claims ada"},
    {"user logout", "signet user logout ada"},
    {"user set-password", "pwgen -s 24 1 | signet user set-password ada"},
    {"user unlock", "signet user unlock ada"},
    {"user disable", "signet user disable ada"},
    {"user enable", "signet user enable ada"},
    {"user rename", "signet user rename ada ada.lovelace"},
    {"user set-email", "signet user set-email ada ada@example.org"},
    {"user delete", "signet user delete ada --yes"},
    {"user grant", "signet user grant ada editor reviewer"},
    {"user revoke", "signet user revoke ada editor reviewer"},
    {"role create", "signet role create editor"},
    {"role list", "signet role list --json"},
    {"role delete", "signet role delete editor"},
    {"import", "signet import --from csv users.csv --report skipped.ndjson"},
    {"audit", "signet audit ada --action login --since 24h"},
    {"outbox list", "signet outbox list --json"},
    {"outbox retry", "signet outbox retry --failed"},
    {"token inspect", "signet token inspect <token.txt"},
    {"hasura secret", "signet hasura secret --jwk-url http://signet:4000/jwks"},
    {"hasura metadata", "signet hasura metadata --diff hasura/metadata"},
    {"doctor", "signet doctor --metadata hasura/metadata --hasura http://localhost:8080"},
    {"mail test", "signet mail test ada@example.org"},
    {"mail preview", "signet mail preview reset-password --language de --html >mail.html"},
    {"mail templates", "signet mail templates mail"},
    {"completion bash", "source <(signet completion bash)"},
    {"completion zsh", "source <(signet completion zsh)"},
    {"completion fish", "signet completion fish | source"},
    {"openapi", "signet openapi >signet.openapi.json"},
    {"version", "signet version"},
}};

// Where `./run` keeps its own PostgreSQL, seen from the directory that it is in.
constexpr const char* kPrivateCluster = "var/postgres/port";

// Prints how to reach the database of `./run` if it is in this directory, because no shell knows of
// it.
void hint_at_private_cluster(const CommandIo& io) {
    std::error_code ignored;
    if (std::filesystem::exists(kPrivateCluster, ignored)) {
        io.err << "signet: the database that ./run started from this directory is not known to "
                  "this shell. Write `./run signet` instead of `signet`, or while ./run runs: "
                  "export DATABASE_URL=$(sql/cluster.sh url var/postgres)\n";
    }
}

enum class Needs : std::uint8_t {
    config,
    database,
    keys,  // a database if the keys live in one
};

int fail_migration(const CommandIo& io, const store::MigrateError& error) {
    fail(io, error.message);
    return error.kind == store::MigrateError::Kind::unusable ? kExitUnusableConfig : kExitFailed;
}

std::string_view state_of(const store::MigrationRow& row) {
    return row.newer ? "newer" : row.applied_at ? "applied" : "pending";
}

void print_migrations(const std::vector<store::MigrationRow>& rows, bool json,
                      const CommandIo& io) {
    print_rows(
        io, json, rows,
        [](JsonWriter& writer, const store::MigrationRow& row) {
            writer.begin_object()
                .member("version", row.version)
                .member("name", row.name)
                .member("appliedAt", row.applied_at)
                .member("state", state_of(row))
                .end_object();
        },
        {"VERSION", "NAME", "STATE", "APPLIED"},
        [](const store::MigrationRow& row) {
            return std::vector{std::to_string(row.version), shown(row.name),
                               std::string(state_of(row)), shown(row.applied_at.value_or("-"))};
        });
}

int migrate_apply(const store::ConnectionOptions& options, bool json, const CommandIo& io) {
    const auto applied = store::migrate(options);
    if (!applied) {
        return fail_migration(io, applied.error());
    }
    if (json) {
        print_migrations(*applied, true, io);
        return kExitOk;
    }
    for (const auto& row : *applied) {
        io.out << "applied " << shown(row.name) << '\n';
    }
    if (applied->empty()) {
        io.out << "nothing to do\n";
    }
    return kExitOk;
}

int migrate_status(const store::ConnectionOptions& options, bool json, const CommandIo& io) {
    const auto rows = store::migration_status(options);
    if (!rows) {
        return fail_migration(io, rows.error());
    }
    print_migrations(*rows, json, io);
    if (!rows->empty() && rows->back().newer) {
        fail(io, store::newer_than_binary(rows->back().version, rows->back().name));
        return kExitUnusableConfig;
    }
    return kExitOk;
}

// A line such as: alter column public."user".email: text not null -> text
std::string in_words(const store::CatalogChange& change) {
    std::string out = change.action + ' ' + change.kind + ' ' + change.object;
    // The definition of a function has many lines, and all of them are Signet's own.
    if (change.kind != "function" && (change.before || change.after)) {
        out += ": " + change.before.value_or("") + (change.before && change.after ? " -> " : "") +
               change.after.value_or("");
    }
    return out;
}

int migrate_plan(const store::ConnectionOptions& options, bool json, const CommandIo& io) {
    const auto plan = store::plan_migration(options);
    if (!plan) {
        return fail_migration(io, plan.error());
    }
    if (json) {
        print_json_rows(io.out, plan->changes,
                        [](JsonWriter& writer, const store::CatalogChange& change) {
                            writer.begin_object()
                                .member("action", change.action)
                                .member("kind", change.kind)
                                .member("object", change.object)
                                .member("before", change.before)
                                .member("after", change.after)
                                .end_object();
                        });
    } else {
        for (const store::CatalogChange& change : plan->changes) {
            io.out << shown(in_words(change)) << '\n';
        }
        io.out << (plan->changes.empty() ? "nothing to do\n"
                                         : "this is a plan: nothing was changed\n");
    }
    if (!plan->of_others.empty()) {
        io.err << "signet: " << shown(plan->of_others) << '\n';
    }
    return kExitOk;
}

// Prints the values of the settings with these names, one a line, or without names a summary of the
// settings that were given. A secret is shown as `set` or `unset`.
int print_settings(const config::LoadedConfig& loaded, const std::vector<std::string>& names,
                   const CommandIo& io) {
    if (names.empty()) {
        io.out << config::summary_text(loaded) << '\n';
    }
    for (const std::string& name : names) {
        const auto setting = std::ranges::find(loaded.shown, name, &config::ShownSetting::name);
        if (setting == loaded.shown.end()) {
            io.err << "signet: --get: there is no setting of this name\n";
            return kExitWrongUsage;
        }
        io.out << setting->value << '\n';
    }
    return kExitOk;
}

// Parses one command line. Holds the commands, their arguments, and the action of the chosen one.
class CommandLine {
public:
    explicit CommandLine(const CommandIo& io) : io_(io) {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "signet " SIGNET_VERSION);
        add_serve_and_migrate();
        add_keys();
        add_users();
        add_grants();
        add_roles();
        add_import();
        add_audit();
        add_outbox();
        add_mail();
        add_tools();
        add_completion();
        for (CLI::App* const command : app_.get_subcommands(nullptr)) {
            add_examples(*command, command->get_name());
        }
        app_.footer(
            "`DATABASE_URL=postgres://… signet serve` starts it, `signet doctor` says what is "
            "wrong.\n"
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 78 unusable configuration.\n"
            "`signet COMMAND --help` tells more.");
    }

    int run(int argc, const char* const* argv) {
        words_.assign(argv + 1, argv + argc);
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return explain(error);
        }
        return action_();
    }

private:
    using Action = std::function<int()>;
    using WithConfig = std::function<int(const config::LoadedConfig&)>;
    using WithAdapters = std::function<int(const config::Config&, server::Adapters&)>;
    using WithAdmin = std::function<int(const AdminCommand&)>;

    // CLI11 reports help and version as errors too, with code 0. Its message about unexpected words
    // is not used, because it repeats all of them, and one of them may be a password.
    int explain(const CLI::ParseError& error) {
        const bool takes_kid = key_words_->takes_kid();
        // CLI11 takes a kid such as -hN7… for -h, and the letters after it remain.
        const bool is_kid = takes_kid && app_.remaining_size(true) > 0;
        if (error.get_exit_code() == 0 && !is_kid) {
            return app_.exit(error, io_.out, io_.err);
        }
        const bool extras = is_kid || dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
        io_.err << "signet: "
                << explain_words(app_, words_)
                       .value_or(extras
                                     ? "there are words or options that this command does not take"
                                     : error.what())
                << (takes_kid ? "; write a kid that begins with a hyphen as --kid=KID" : "")
                << "; see `signet --help` and `signet COMMAND --help`\n";
        return kExitWrongUsage;
    }

    CLI::App* add(CLI::App* parent, const std::string& name, const std::string& about,
                  Action action) {
        CLI::App* const command = parent->add_subcommand(name, about);
        command->callback([this, action = std::move(action)] { action_ = action; });
        return command;
    }

    CLI::App* add_group(const std::string& name, const std::string& about) {
        CLI::App* const group = app_.add_subcommand(name, about);
        group->require_subcommand(1);
        return group;
    }

    Action with_config(Needs needs, WithConfig body) {
        return [this, needs, body = std::move(body)] {
            config::LoadedConfig loaded = config::load_process_config();
            if (needs == Needs::database ||
                (needs == Needs::keys && loaded.config.keys.in_database())) {
                config::require_database(loaded);
            }
            if (!loaded.usable()) {
                io_.err << config::error_text(loaded);
                if (loaded.has_error("DATABASE_URL") && loaded.config.store.database_url.empty()) {
                    hint_at_private_cluster(io_);
                }
                return kExitUnusableConfig;
            }
            return body(loaded);
        };
    }

    Action with_adapters(WithAdapters body) {
        return with_config(Needs::database, [this, body = std::move(body)](const auto& loaded) {
            server::Adapters adapters(loaded.config, [this](std::string_view reason) {
                io_.err
                    << "warning: AUTH_PASSWORD_HIBP_URL gave no answer, so the password was not "
                       "looked up there: "
                    << shown(reason) << '\n';
            });
            return body(loaded.config, adapters);
        });
    }

    Action with_admin(WithAdmin body) {
        return with_adapters([this, body = std::move(body)](const config::Config& config,
                                                            server::Adapters& adapters) {
            const AdminPorts ports = adapters.admin_ports();
            return body({ports, config.roles, io_, arguments_.json, config.store.claims_function});
        });
    }

    void add_name(CLI::App* command, const std::string& about) {
        command->add_option("NAME", arguments_.name, about)->required();
    }

    void add_json(CLI::App* command) { command->add_flag("--json", arguments_.json, "print JSON"); }

    void add_serve_and_migrate() {
        add(&app_, "serve", "serve until SIGTERM or SIGINT",
            with_config(Needs::database, [](const config::LoadedConfig& loaded) {
                const Log log(loaded.config.log.level, loaded.config.log.format);
                for (const config::Finding& finding : loaded.warnings) {
                    log.write(LogLevel::warn, "config-warning",
                              {{"variable", finding.name}, {"message", finding.text}});
                }
                log.write(LogLevel::info, "config", {{"settings", config::summary_text(loaded)}});
                return server::run_serve(loaded.config, log);
            }));
        CLI::App* const migrate =
            add(&app_, "migrate", "bring the tables up to date",
                with_config(Needs::database, [this](const config::LoadedConfig& loaded) {
                    const auto options = server::owner_options(loaded.config.store);
                    if (arguments_.plan) {
                        return migrate_plan(options, arguments_.json, io_);
                    }
                    return arguments_.status ? migrate_status(options, arguments_.json, io_)
                                             : migrate_apply(options, arguments_.json, io_);
                }));
        CLI::Option* const status = migrate->add_flag("--status", arguments_.status,
                                                      "only show what is applied and pending");
        migrate->add_flag("--plan", arguments_.plan, "only show each change to the database")
            ->excludes(status);
        add_json(migrate);
    }

    void add_keys() {
        key_words_ = std::make_unique<KeyWords>(
            *add_group("keys", "show and change the signing keys"), [this](KeyVerb verb) {
                action_ =
                    with_config(Needs::keys, [this, verb](const config::LoadedConfig& loaded) {
                        return run_keys(verb, key_words_->arguments(), loaded.config, io_);
                    });
            });
    }

    static void add_limit(CLI::App* command, std::size_t& limit) {
        command
            ->add_option("--limit", limit,
                         "how many to show at most (" + std::to_string(kListRowsDefault) + ')')
            ->check(CLI::Range(std::size_t{1}, kListRowsMax));
    }

    void add_list_options(CLI::App* command, const std::string& search) {
        add_limit(command, arguments_.list.limit);
        command->add_option("--search", arguments_.list.search, search);
        add_json(command);
    }

    // Gives the command and those below it their examples.
    static void add_examples(CLI::App& command, const std::string& path) {
        const auto* const example = std::ranges::find(
            kExamples, path, &std::pair<std::string_view, std::string_view>::first);
        if (example != kExamples.end()) {
            command.footer("Example:\n  " + std::string(example->second));
        }
        for (CLI::App* const below : command.get_subcommands(nullptr)) {
            add_examples(*below, path + ' ' + below->get_name());
        }
    }

    // Adds a command of `signet user` that takes NAME and, if `json` is set, --json.
    void add_user_word(const std::string& word, const std::string& about,
                       int (*verb)(const AdminCommand&, std::string_view), bool json) {
        CLI::App* const command =
            add(users_, word, about,
                with_admin([this, verb](const auto& user) { return verb(user, arguments_.name); }));
        add_name(command, kWho);
        if (json) {
            add_json(command);
        }
    }

    void add_users();
    void add_grants();
    void add_roles();
    void add_import();
    void add_audit();
    void add_outbox();
    static CLI::Option* add_since(CLI::App* command, const std::string& name,
                                  std::optional<std::int64_t>& since_s, const char* meaning);
    void add_invitation();
    void add_names();
    void add_mail();
    void add_metadata(CLI::App* hasura);
    void add_tools();
    void add_completion();

    const CommandIo& io_;
    CLI::App app_{"Signet, the identity service for Hasura", "signet"};
    CLI::App* users_ = nullptr;
    std::unique_ptr<KeyWords> key_words_;
    std::vector<std::string> words_;
    Arguments arguments_;
    Action action_;
};

void CommandLine::add_users() {
    users_ = add_group("user", "show and change users");
    const Arguments& a = arguments_;
    CLI::App* const create = add(
        users_, "create", "create a user; the password is asked for, or read from stdin",
        with_admin([&a](const auto& command) { return user_create(command, a.name, a.email); }));
    add_name(create, "username, or an e-mail address for a user without one");
    create->add_option("--email", arguments_.email, "e-mail address");
    add_json(create);
    add_invitation();

    CLI::App* const list =
        add(users_, "list", "list users, in the order of their ids",
            with_admin([&a](const auto& command) { return user_list(command, a.list); }));
    add_list_options(list, "only those with this text in the username or the e-mail address");
    list->add_option("--role", arguments_.list.role, "only those who have this role");

    add_user_word("show", "show a user and its sessions", user_show, true);
    add_user_word("claims", "show what a user would get in a token, and why", user_claims, true);
    add_user_word("logout", "end all sessions of a user", user_logout, false);
    add_user_word("set-password", "give a user a password; it is asked for, or read from stdin",
                  user_set_password, false);
    add_user_word("unlock", "forget the wrong passwords that keep a user out", user_unlock, false);
    add_user_word(
        "disable", "make a user inactive, and end its sessions",
        [](const AdminCommand& command, std::string_view name) {
            return user_set_active(command, name, false);
        },
        false);
    add_user_word(
        "enable", "make a user active",
        [](const AdminCommand& command, std::string_view name) {
            return user_set_active(command, name, true);
        },
        false);
    add_names();
    CLI::App* const remove =
        add(users_, "delete", "delete a user for good",
            with_admin([&a](const auto& command) { return user_delete(command, a.name, a.yes); }));
    add_name(remove, kWho);
    remove->add_flag("--yes", arguments_.yes,
                     "delete the user; without it the command only prints what it would do");
}

void CommandLine::add_invitation() {
    InvitationOrder& order = arguments_.invitation;
    CLI::App* const invite =
        add(users_, "invite", "create a user without a password, and mail a link to choose one",
            with_adapters([this, &order](const config::Config& config, server::Adapters& adapters) {
                if (config.mail.url.empty()) {
                    io_.err << "signet: AUTH_MAIL_URL is required: an invitation is a mail\n";
                    return kExitUnusableConfig;
                }
                const auto sealer = adapters.sealer();
                if (!sealer) {
                    return fail(io_, sealer.error().log_detail);
                }
                const AdminPorts ports = adapters.admin_ports();
                return user_invite({ports, config.roles, io_, arguments_.json}, order, **sealer,
                                   server::make_mail_policy(config));
            }));
    invite->add_option("ADDRESS", order.address, "e-mail address")->required();
    invite->add_option("--role", order.roles, "a role to give; may stand several times")
        ->allow_extra_args(false);
    invite->add_option("--language", order.language, "of the mail: en, de, or one of your own");
    add_json(invite);
}

void CommandLine::add_names() {
    const Arguments& a = arguments_;
    CLI::App* const rename = add(
        users_, "rename", "give a user another username",
        with_admin([&a](const auto& command) { return user_rename(command, a.name, a.new_name); }));
    add_name(rename, kWho);
    rename->add_option("NEW", arguments_.new_name, "the new username")->required();
    add_json(rename);

    CLI::App* const set_email =
        users_->add_subcommand("set-email", "give a user another e-mail address, or none");
    add_name(set_email, kWho);
    CLI::Option* const address =
        set_email->add_option("ADDRESS", arguments_.email, "the new e-mail address");
    CLI::Option* const none =
        set_email->add_flag("--none", arguments_.none, "remove the e-mail address")
            ->excludes(address);
    add_json(set_email);
    const Action change =
        with_admin([&a](const auto& command) { return user_set_email(command, a.name, a.email); });
    set_email->callback([=, this] {
        if (address->count() + none->count() == 0) {
            throw CLI::RequiredError("ADDRESS or --none");
        }
        action_ = change;
    });
}

void CommandLine::add_grants() {
    const Arguments& a = arguments_;
    for (const bool grant : {true, false}) {
        CLI::App* const command =
            add(users_, grant ? "grant" : "revoke",
                grant ? "give a user roles, all or none" : "take roles from a user, all or none",
                with_admin([&a, grant](const auto& user) {
                    return grant ? user_grant(user, a.name, a.roles)
                                 : user_revoke(user, a.name, a.roles);
                }));
        add_name(command, kWho);
        command->add_option("ROLE", arguments_.roles, "names of the roles")->required();
        add_json(command);
    }
}

void CommandLine::add_roles() {
    CLI::App* const roles = add_group("role", "show and change roles");
    const Arguments& a = arguments_;
    add_name(add(roles, "create", "create a role",
                 with_admin([&a](const auto& command) { return role_create(command, a.name); })),
             "name of the role");
    add_list_options(
        add(roles, "list", "list roles, and how many users have each by a row of user_role",
            with_admin([&a](const auto& command) { return role_list(command, a.list); })),
        "only those with this text in the name");
    add_name(add(roles, "delete", "delete a role that nobody has",
                 with_admin([&a](const auto& command) { return role_delete(command, a.name); })),
             "name of the role");
}

CLI::Option* CommandLine::add_since(CLI::App* command, const std::string& name,
                                    std::optional<std::int64_t>& since_s, const char* meaning) {
    return command->add_option_function<std::string>(
        name,
        [&since_s, name](const std::string& text) {
            since_s = read_since(text, SystemClock().now_s());
            if (!since_s) {
                throw CLI::ValidationError(
                    name, "write how long ago, such as 24h, or a date such as 2026-11-01");
            }
        },
        meaning);
}

void CommandLine::add_import() {
    ImportWords& words = arguments_.import;
    CLI::App* const command =
        add(&app_, "import", "take users over from another service, with their passwords",
            with_adapters([this, &words](const config::Config& config, server::Adapters& adapters) {
                words.json = arguments_.json;
                words.yes = arguments_.yes;
                const auto source = open_source(words, config.store.import_url.reveal());
                if (!source) {
                    fail(io_, source.error());
                    return kExitWrongUsage;
                }
                const auto users = store::make_user_import(server::operator_options(config.store));
                const AdminPorts ports = adapters.admin_ports();
                return run_import(
                    words, **source,
                    {*users, ports.roles,
                     [&adapters](std::string_view stored) { return adapters.hash_fault(stored); },
                     ports.random},
                    config.roles, io_);
            }));
    command->add_option("--from", words.kind, "what the source is")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>{"csv", "ndjson", "original",
                                                       "hasura-backend-plus", "hasura-auth"}));
    command->add_option("SOURCE", words.source,
                        "a file, or - for standard input; or the URL of a database, without a "
                        "password (IMPORT_DATABASE_URL takes one)");
    command->add_option("--report", words.report,
                        "write each row that is skipped, and why, into this file");
    command->add_flag("--create-roles", words.create_roles, "create roles that are missing");
    command->add_flag("--dry-run", words.dry_run, "only tell what would be done");
    command->add_flag("--yes", arguments_.yes,
                      "import; without it the command only tells what it would do");
    add_json(command);
}

void CommandLine::add_audit() {
    AuditQuestion& question = arguments_.audit;
    CLI::App* const audit =
        add(&app_, "audit", "show who did what, the last of it at the end",
            with_admin([&question](const auto& command) { return audit_list(command, question); }));
    audit->add_option("USER", question.user,
                      std::string("only what was done by or to this user: ") + kWho);
    audit->add_option("--action", question.action, "only this action")->check(check_action);
    add_since(audit, "--since", question.since_s,
              "only what happened since: 24h, 7d, 2026-11-01, 2026-11-01T18:00:00Z (UTC)");
    add_limit(audit, question.limit);
    add_json(audit);
}

void CommandLine::add_outbox() {
    CLI::App* const outbox = add_group("outbox", "show and retry mails and events that wait");
    const Arguments& a = arguments_;
    const auto command = [this](server::Adapters& adapters) {
        return OutboxCommand{adapters.outbox(), io_, arguments_.json};
    };
    CLI::App* const list =
        add(outbox, "list", "list what waits and what was given up, the oldest first",
            with_adapters([&a, command](const auto& /*config*/, server::Adapters& adapters) {
                return outbox_list(command(adapters), a.outbox_rows, a.sent);
            }));
    list->add_flag("--sent", arguments_.sent, "events that were delivered in the last 7 days, too");
    add_limit(list, arguments_.outbox_rows);
    add_json(list);

    CLI::App* const retry =
        outbox->add_subcommand("retry", "deliver something now, also if it was given up or sent");
    CLI::Option* const id =
        retry->add_option("ID", arguments_.outbox.id, "of a row that `outbox list` shows");
    CLI::Option* const failed =
        retry->add_flag("--failed", arguments_.failed, "all that were given up")->excludes(id);
    CLI::Option* const sent =
        add_since(retry, "--sent-since", arguments_.outbox.sent_since_s,
                  "all events that were delivered since: 24h, 2026-11-01T18:00:00Z (UTC)")
            ->excludes(id)
            ->excludes(failed);
    const Action again =
        with_adapters([&a, command](const auto& /*config*/, server::Adapters& adapters) {
            return outbox_retry(command(adapters), a.outbox);
        });
    retry->callback([=, this] {
        if (id->count() + failed->count() + sent->count() == 0) {
            throw CLI::RequiredError("ID, --failed or --sent-since");
        }
        action_ = again;
    });
}

void CommandLine::add_mail() {
    CLI::App* const mail = add_group("mail", "send a mail to try it, and look at the templates");
    add(mail, "test", "send a mail, and print what the mail server says",
        with_config(Needs::config,
                    [this](const config::LoadedConfig& loaded) {
                        return mail_test(loaded.config, arguments_.name, io_);
                    }))
        ->add_option("ADDRESS", arguments_.name, "to whom")
        ->required();
    CLI::App* const preview =
        add(mail, "preview", "print the text of a mail, with sample values",
            with_config(Needs::config, [this](const config::LoadedConfig& loaded) {
                return mail_preview(loaded.config, arguments_.mail, io_);
            }));
    preview->add_option("NAME", arguments_.mail.name, "which mail, such as reset-password")
        ->required();
    preview->add_option("--language", arguments_.mail.language, "en, de, or one of your own");
    preview->add_flag("--html", arguments_.mail.html, "print the HTML");
    add(mail, "templates", "write the templates that ship into a directory",
        [this] { return mail_templates(arguments_.name, io_); })
        ->add_option("DIR", arguments_.name, "the directory; files that are there stay")
        ->required();
}

void CommandLine::add_tools() {
    CLI::App* const token = add_group("token", "inspect tokens");
    add(token, "inspect", "show the token on stdin, and why Hasura would refuse it",
        with_config(Needs::keys, [this](const config::LoadedConfig& loaded) {
            const std::int64_t now_s = SystemClock().now_s();
            const auto keys = server::peek_keys(loaded.config, now_s);
            return token_inspect(loaded.config, keys, now_s, io_);
        }));

    CLI::App* const hasura = add_group("hasura", "connect Hasura to Signet");
    CLI::App* const secret =
        add(hasura, "secret", "print the value of HASURA_GRAPHQL_JWT_SECRET",
            with_config(Needs::config, [this](const config::LoadedConfig& loaded) {
                return hasura_secret(loaded.config, arguments_.jwk_url, io_);
            }));
    secret->add_option("--jwk-url", arguments_.jwk_url, "URL at which Hasura finds the JWKS");
    add_metadata(hasura);

    CLI::App* const doctor = add(
        &app_, "doctor", "say what is wrong with Signet, its database and its Hasura", [=, this] {
            if (arguments_.markdown) {
                io_.out << doctor::checks_markdown();
                return kExitOk;
            }
            config::Variables settings;
            config::LoadedConfig loaded = config::load_process_config(&settings);
            config::require_database(loaded);
            return run_doctor(std::move(loaded), std::move(settings), arguments_.doctor,
                              arguments_.json, io_);
        });
    doctor->add_option("--metadata", arguments_.doctor.metadata,
                       "the folder `metadata` of a Hasura project, or a file with its export");
    doctor->add_option("--hasura", arguments_.doctor.hasura_url,
                       "URL of a running Hasura, which is asked with "
                       "HASURA_GRAPHQL_ADMIN_SECRET of the environment");
    doctor->add_flag("--markdown", arguments_.markdown, "print the table of findings")->group("");
    add_json(doctor);

    add(&app_, "openapi", "print the description of the API in OpenAPI 3.1, with all its routes",
        [this] {
            io_.out << routes::openapi_json({.version = SIGNET_VERSION}) << '\n';
            return kExitOk;
        });

    add(&app_, "version", "print the version", [this] {
        io_.out << "signet " SIGNET_VERSION "\n";
        return kExitOk;
    });

    const Action print = with_config(Needs::config, [this](const config::LoadedConfig& loaded) {
        return print_settings(loaded, arguments_.settings, io_);
    });
    CLI::App* const config = add(&app_, "config", "print what is configured", [=, this] {
        if (!arguments_.markdown) {
            return print();
        }
        io_.out << config::configuration_markdown();
        return kExitOk;
    });
    config->add_flag("--markdown", arguments_.markdown, "print docs/configuration.md");
    config->add_option("--get", arguments_.settings,
                       "print the values of these settings, one a line; of a secret only whether "
                       "it is set");
    config->group("");  // hidden
}

void CommandLine::add_metadata(CLI::App* hasura) {
    MetadataOrder& order = arguments_.metadata;
    CLI::App* const metadata =
        add(hasura, "metadata",
            "print Hasura's metadata for Signet's tables, Actions and remote schema",
            with_config(Needs::config, [this, &order](const config::LoadedConfig& loaded) {
                order.json = arguments_.json;
                return hasura_metadata(loaded.config, order, io_);
            }));
    CLI::Option* const directory =
        metadata->add_option("--dir", order.directory,
                             "write it into this folder of Hasura's command line instead; what "
                             "is not Signet's stays");
    metadata
        ->add_option("--diff", order.difference,
                     "only show what --dir would change there; exit code 1 if anything")
        ->excludes(directory);
    metadata
        ->add_option("--table", order.table,
                     "which table of users is tracked: the view user_without_password, or user "
                     "where Hasura's role may read all of it")
        ->check(CLI::IsMember({std::string(kUserView), std::string(kUserTable)}));
    metadata
        ->add_option("--role", order.roles,
                     "a role that sees its own rows, beside AUTH_DEFAULT_ROLE; may stand several "
                     "times")
        ->allow_extra_args(false);
    metadata->add_option("--source", order.source, "Hasura's name of the database (default)")
        ->check(CLI::Validator(
            [](const std::string& name) {
                const bool good = !name.empty() && name.front() != '.' &&
                                  name.find_first_not_of(
                                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
                                      "RSTUVWXYZ0123456789_-.") == std::string::npos;
                return std::string(good ? "" : "expected letters, digits, '_', '-' and '.'");
            },
            "NAME"));
    add_json(metadata);
}

void CommandLine::add_completion() {
    CLI::App* const completion =
        add_group("completion", "print a script that completes commands in a shell");
    for (const auto& [name, shell] : {std::pair("bash", Shell::bash), std::pair("zsh", Shell::zsh),
                                      std::pair("fish", Shell::fish)}) {
        add(completion, name, std::string("print the script for ") + name, [this, shell] {
            io_.out << completion_script(app_, shell);
            return kExitOk;
        });
    }
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const CommandIo& io) {
    try {
        const int code = CommandLine(io).run(argc, argv);
        io.out.flush();
        if (!io.out) {
            return fail(io, "the output cannot be written");
        }
        return code;
    } catch (const std::exception& error) {
        return fail(io, error.what());
    }
}

}  // namespace signet::cli
