#include "config/load.hpp"

#include "base/file_guard.hpp"
#include "base/resources.hpp"
#include "base/secret.hpp"
#include "base/utf8.hpp"
#include "config/source.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <numeric>
#include <utility>
#include <variant>

namespace signet::config {
namespace {

constexpr std::string_view kPrefix = "AUTH_";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kNameShownBytesMax = 100;
constexpr std::size_t kShownBytesMax = 256;
constexpr std::size_t kThreadsMax = 256;
// Without mail and events a replica takes at most 20 of the hundred connections that PostgreSQL has
// by default. Six of them belong to what watches the database, keys, users and sessions.
constexpr std::size_t kLaneThreadsDefaultMax = 14;
constexpr std::size_t kCryptoThreadsDefaultMax = 8;

// Holds the defaults that depend on the machine and are not in the table.
Config derived_defaults(bool on_terminal) {
    Config config;
    const ThreadCounts threads = default_threads(usable_cores());
    config.server.io_threads = threads.io;
    config.lanes = {threads.data, threads.crypto};
    config.log.format = on_terminal ? LogFormat::text : LogFormat::json;
    return config;
}

// Returns the Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string_view without_file_suffix(std::string_view name) {
    return name.ends_with(kFileSuffix) ? name.substr(0, name.size() - kFileSuffix.size()) : name;
}

const Setting* find_setting(std::string_view name) {
    const auto all = settings();
    const auto row = std::ranges::find(all, name, &Setting::name);
    return row == all.end() ? nullptr : &*row;
}

std::string explain_unknown(std::string_view name) {
    if (name.ends_with(kFileSuffix) && find_setting(without_file_suffix(name)) != nullptr) {
        return "is not known: only a secret may come from a file; set " +
               std::string(without_file_suffix(name));
    }
    const std::string_view stem = without_file_suffix(name);
    if (const Setting* const other = find_setting(stem.substr(kPrefix.size()))) {
        return "is not known; did you mean " + std::string(other->name) + '?';
    }
    // More edits than half the letters after the prefix make another word.
    std::size_t best_distance = (stem.size() - kPrefix.size()) / 2 + 2;
    std::string_view best;
    for (const Setting& setting : settings()) {
        const std::size_t d = distance(stem, setting.name);
        if (d < best_distance) {
            best_distance = d;
            best = setting.name;
        }
    }
    return best.empty() ? "is not known" : "is not known; did you mean " + std::string(best) + '?';
}

// Adds an error for each name that begins with AUTH_ and is not a setting, with the likeliest one
// that was meant.
void add_unknown(const Variables& variables, std::string_view where, std::vector<Finding>& out) {
    for (const auto& [name, value] : variables) {
        if (!name.starts_with(kPrefix) || name.size() == kPrefix.size() || find_setting(name) ||
            is_injected(name, value)) {
            continue;
        }
        const Setting* const stem =
            name.ends_with(kFileSuffix) ? find_setting(without_file_suffix(name)) : nullptr;
        if (stem == nullptr || !stem->may_be_in_file()) {
            out.push_back({to_printable(name, kNameShownBytesMax),
                           explain_unknown(name) + std::string(where)});
        }
    }
}

std::string explain_refused(const Setting& setting) {
    std::string text = "is not supported by this version; leave it unset";
    if (!setting.fallback.empty()) {
        text += " or set it to " + std::string(setting.fallback);
    }
    return text;
}

void show(const Setting& setting, const Given& given, LoadedConfig& loaded) {
    std::string value;
    if (setting.may_be_in_file()) {
        value = given.text ? "set" : "unset";
    } else {
        value = to_printable(given.text.value_or(std::string(setting.fallback)), kShownBytesMax);
    }
    loaded.shown.push_back({setting.name, std::move(value), given.origin});
}

bool is_given(std::string_view name, const LoadedConfig& loaded) {
    const auto row = std::ranges::find(loaded.shown, name, &ShownSetting::name);
    return row != loaded.shown.end() && row->origin != Origin::fallback;
}

// Returns the path of the file that the value comes from; it is empty if there is none.
std::string load_row(const Setting& setting, const ConfigSources& sources, LoadedConfig& loaded) {
    // A default is read like every value, so that the documented one is the one that counts.
    if (!setting.fallback.empty()) {
        setting.assign(loaded.config, setting.fallback);
    }
    Given given = look_up(setting, sources);
    show(setting, given, loaded);
    if (given.error) {
        loaded.errors.push_back(*given.error);
        return {};
    }
    if (!given.text) {
        return {};
    }
    const std::string name(setting.name);
    if (!setting.assign(loaded.config, *given.text)) {
        const bool refused = setting.support == Support::refused;
        loaded.errors.push_back({name, refused ? explain_refused(setting)
                                               : "expected " + std::string(setting.expected)});
    }
    if (setting.may_be_in_file()) {
        wipe(*given.text);
    }
    return std::move(given.path);
}

}  // namespace

ThreadCounts default_threads(std::size_t cores) {
    cores = std::clamp<std::size_t>(cores, 1, kThreadsMax);
    const std::size_t crypto = std::min(cores, kCryptoThreadsDefaultMax);
    // A data thread mostly waits for PostgreSQL.
    return {cores, std::min(2 * cores, kLaneThreadsDefaultMax - crypto), crypto};
}

bool LoadedConfig::has_error(std::string_view name) const {
    // An error about NAME_FILE is one about NAME.
    return std::ranges::any_of(errors, [name](const Finding& finding) {
        return finding.name == name || finding.name == std::string(name) + "_FILE";
    });
}

std::string default_issuer(std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    const std::string name = v6 ? '[' + std::string(host) + ']' : std::string(host);
    return "http://" + name + ':' + std::to_string(port);
}

LoadedConfig load_config(const ConfigSources& sources, bool on_terminal) {
    LoadedConfig loaded;
    loaded.config = derived_defaults(on_terminal);
    for (const Setting& setting : settings()) {
        std::string path = load_row(setting, sources, loaded);
        if (setting.name == "DATABASE_URL") {
            loaded.config.store.database_url_file = std::move(path);
        } else if (setting.name == "MIGRATION_DATABASE_URL") {
            loaded.config.store.migration_url_file = std::move(path);
        } else if (setting.name == "AUTH_KEY_ENCRYPTION_KEY") {
            loaded.config.keys.encryption_keys_file = std::move(path);
        }
    }
    add_unknown(sources.environment, "", loaded.errors);
    add_unknown(sources.dotenv, " (in .env)", loaded.errors);
    Config& config = loaded.config;
    if (config.tokens.issuer.empty()) {
        config.tokens.issuer = default_issuer(config.server.host, config.server.port);
    }
    if (config.mail.policy.redirects.client_url.empty()) {
        config.mail.policy.redirects.client_url = config.tokens.issuer;
        config.mail.policy.ends_here = true;
    }
    if (config.server.host == "localhost") {
        config.server.host = "127.0.0.1";
    }
    if (!is_given("AUTH_SIGNING_ALG", loaded)) {
        config.keys.making.alg.reset();  // a new key is then of the algorithm of the one that signs
    }
    config.keys.rotation.tokens_ttl_s = config.tokens.ttl_s;
    check_relations(loaded);
    return loaded;
}

namespace {

constexpr const char* kDotenv = ".env";

// Reads `.env` in the working directory, if there is one.
Dotenv load_dotenv() {
    if (::access(kDotenv, F_OK) != 0 && errno == ENOENT) {
        return {};
    }
    auto content = read_small_file(kDotenv);
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        return {{}, {{kDotenv, fault->text}}, {}};
    }
    auto& file = std::get<SmallFile>(content);
    const WipeOnExit wiped(file.text);
    if (const auto intrusion = find_intrusion(file.access, ProcessUser::current())) {
        return {{}, {{kDotenv, *intrusion}}, {}};
    }
    return read_dotenv(file.text);
}

}  // namespace

LoadedConfig load_process_config(Variables* hasura) {
    ConfigSources sources;
    sources.environment = take_environment();
    Dotenv dotenv = load_dotenv();
    sources.dotenv = std::move(dotenv.variables);
    if (hasura != nullptr) {
        std::ranges::copy_if(sources.environment, std::inserter(*hasura, hasura->end()),
                             [](const auto& variable) { return is_hasuras(variable.first); });
        hasura->merge(dotenv.hasura);  // what the environment has stays
    }
    wipe_values(dotenv.hasura);
    LoadedConfig loaded = load_config(sources, ::isatty(STDERR_FILENO) == 1);
    loaded.errors.insert(loaded.errors.begin(), dotenv.errors.begin(), dotenv.errors.end());
    wipe_values(sources.environment);
    wipe_values(sources.dotenv);
    return loaded;
}

void require_database(LoadedConfig& loaded) {
    constexpr std::string_view kName = "DATABASE_URL";
    if (!loaded.config.store.database_url.empty() || loaded.has_error(kName) ||
        loaded.has_error(kDotenv)) {
        return;
    }
    loaded.errors.push_back({std::string(kName), "is required; expected " +
                                                     std::string(find_setting(kName)->expected)});
}

namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Signet is configured by environment variables. A file `.env` in the working directory gives those that the environment does not have. A secret (marked 🔒) may also be given as the name of a file that holds it: `DATABASE_URL_FILE=/run/secrets/database-url`; setting both is an error. An empty value counts as unset unless the table says otherwise. White space around a value is cut, in files too.

All mistakes are reported together, each with the name and what was expected, and never with a secret; then the process exits with status 78 before it listens. An unknown name that begins with `AUTH_` is a mistake too, but for those that Kubernetes adds for a Service whose name begins with `auth`, such as `AUTH_PORT=tcp://10.0.0.7:4000`. So are quotes around a value, which a shell takes off, but `docker run --env-file` and Kubernetes do not.

**Files of secrets.** A file that others can read or write is refused. Its owner may, and so may a group that Signet's process is in: mode 0600, or 0640 with such a group. Everybody may read a file that is on a read-only mount or in memory (tmpfs), as Docker and Kubernetes mount secrets. `AUTH_PUBLIC_KEY_FILE` may have any mode.

`.env` takes `KEY=VALUE`, `export KEY=VALUE` and comments after `#`. In single quotes nothing is special; in double quotes `\n`, `\r`, `\t`, `\\`, `\"` and `\$` are. Nothing is expanded. A line that begins with a name of Signet's and cannot be read is an error; lines of other programs are passed over, whatever their form. The file has to belong to the user that Signet runs as or to root, and nobody else may write to it but a group that the process is in.

Durations are seconds (`900`) or a number with `s`, `m`, `h` or `d` (`15m`). Switches take `on`, `true`, `yes`, `1` and `off`, `false`, `no`, `0`.

This page is made from the table in `src/config/table.cpp` by `signet config --markdown`.
)";

constexpr std::string_view kReserved = R"(
## Reserved

These names belong to features that this version does not have. A value other than the default is refused, because whoever sets it relies on something that is not there.

| name | default | expected |
|---|---|---|
)";

std::string code(std::string_view text) {
    return text.empty() ? std::string{} : '`' + std::string(text) + '`';
}

std::string shown_default(const Setting& setting) {
    if (!setting.derived.empty()) {
        return std::string(setting.derived);
    }
    return setting.fallback.empty() ? "unset" : code(setting.fallback);
}

std::string lines_of(const std::vector<Finding>& findings) {
    std::string out;
    for (const Finding& finding : findings) {
        out += "  " + finding.name + ' ' + finding.text + '\n';
    }
    return out;
}

}  // namespace

std::string error_text(const LoadedConfig& loaded) {
    return "signet: the configuration cannot be used:\n" + lines_of(loaded.errors);
}

std::string summary_text(const LoadedConfig& loaded) {
    std::string out;
    for (const ShownSetting& shown : loaded.shown) {
        if (shown.origin == Origin::fallback) {
            continue;
        }
        out += out.empty() ? "" : " ";
        out += std::string(shown.name) + '=' + shown.value;
    }
    return out;
}

std::string configuration_markdown() {
    std::string out(kIntroduction);
    std::string_view section;
    for (const Setting& setting : settings()) {
        if (setting.support != Support::in_effect) {
            continue;
        }
        if (setting.section != section) {
            section = setting.section;
            out += "\n## " + std::string(section) + "\n\n";
            out += "| name | default | expected | meaning |\n|---|---|---|---|\n";
        }
        out += "| " + code(setting.name) + (setting.may_be_in_file() ? " 🔒" : "") + " | " +
               shown_default(setting) + " | " + std::string(setting.expected) + " | " +
               std::string(setting.doc) + " |\n";
    }
    out += kReserved;
    for (const Setting& setting : settings()) {
        if (setting.support == Support::in_effect) {
            continue;
        }
        out += "| " + code(setting.name) + " | " + shown_default(setting) + " | " +
               std::string(setting.expected) + " |\n";
    }
    return out;
}

}  // namespace signet::config
