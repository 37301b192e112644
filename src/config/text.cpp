#include "config/load.hpp"

namespace signet::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Signet is configured by environment variables. Lines of a file `.env` in the working directory count where the environment is silent. A secret (marked 🔒) may also be given as the name of a file that holds it: `DATABASE_URL_FILE=/run/secrets/database-url`; one line break at its end is left out, and setting both is an error. An empty value counts as unset where the table does not say otherwise.

Whatever is wrong is reported together, each variable with what was expected and never with its value, and the process exits with status 78 before it listens. That goes for unknown names that begin with `AUTH_` too.

`.env` takes `KEY=VALUE`, `export KEY=VALUE` and comments after `#`. In single quotes nothing is special; in double quotes `\n`, `\r`, `\t`, `\\`, `\"` and `\$` are. Nothing is expanded, and a line that cannot be read is an error.

Durations are seconds (`900`) or a number with `s`, `m`, `h` or `d` (`15m`). Switches take `on`, `true`, `yes`, `1` and `off`, `false`, `no`, `0`.

This page is made from the table in `src/config/table.cpp` by `signet config --markdown`.
)";

constexpr std::string_view kReserved = R"(
## Reserved

These names belong to features that this version does not have. Their default is accepted everywhere. Another value is checked and has no effect, which a warning says; where somebody would rely on a protection that is not there, it is refused.

| name | default | expected | another value |
|---|---|---|---|
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
        const bool secret = setting.privacy == Privacy::secret;
        out += "| " + code(setting.name) + (secret ? " 🔒" : "") + " | " + shown_default(setting) +
               " | " + std::string(setting.expected) + " | " + std::string(setting.doc) + " |\n";
    }
    out += kReserved;
    for (const Setting& setting : settings()) {
        if (setting.support == Support::in_effect) {
            continue;
        }
        const bool refused = setting.support == Support::refused;
        out += "| " + code(setting.name) + " | " + shown_default(setting) + " | " +
               std::string(setting.expected) + " | " + (refused ? "refused" : "no effect") + " |\n";
    }
    return out;
}

}  // namespace signet::config
