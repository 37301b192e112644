#include "cli/keys.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "cli/output.hpp"
#include "config/load.hpp"
#include "config/source.hpp"
#include "config/value.hpp"

#include <signet/service/admin.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <ostream>
#include <utility>
#include <variant>

namespace signet::cli {
namespace {

using keys::KeyPlan;
using keys::KeyRow;
using keys::Run;

std::optional<std::int64_t> known(std::int64_t unix_s) {
    return unix_s == 0 ? std::nullopt : std::optional(unix_s);
}

std::string key_json(const KeyRow& row) {
    const KeyLife& life = row.life;
    return "{\"kid\":" + json_text(life.kid) + ",\"alg\":" + json_text(life.alg) +
           ",\"bits\":" + std::to_string(row.bits) +
           ",\"state\":" + json_text(to_string(life.state)) +
           ",\"createdAt\":" + json_time_or_null(known(life.created_at_s)) +
           ",\"publishedAt\":" + json_time_or_null(known(life.published_at_s)) +
           ",\"activeAfter\":" + json_time_or_null(known(life.active_after_s)) +
           ",\"retiredAt\":" + json_time_or_null(life.retired_at_s) +
           ",\"removeAfter\":" + json_time_or_null(life.remove_after_s) + '}';
}

std::string time_cell(std::optional<std::int64_t> unix_s) {
    return unix_s ? rfc3339(*unix_s) : "-";
}

std::vector<std::string> key_cells(const KeyRow& row) {
    const KeyLife& life = row.life;
    return {shown(life.kid),
            life.alg,
            std::to_string(row.bits),
            std::string(to_string(life.state)) + (life.foreign ? " (foreign)" : ""),
            time_cell(known(life.created_at_s)),
            time_cell(known(life.active_after_s)),
            time_cell(life.remove_after_s)};
}

// Beside what the plan says: for how long a revoked key lives on in whom nobody restarts.
void say_who_follows(const KeyCommand& command) {
    command.io.out << "A Hasura v2 in JWKS mode that is not restarted keeps its copy for up to "
                   << command.consumers_s
                   << " s (AUTH_JWKS_MAX_AGE + AUTH_JWKS_CONSUMER_TICK). Signet, webhook mode and "
                      "Hasura v3 need no restart: they follow within AUTH_KEY_CHECK.\n";
}

// Why keys cannot be changed is a sentence of its own; what their home says is told with its title.
int fail_change(const CommandIo& io, const Error& error) {
    const bool about_keys = error.errc == Errc::invalid_input || error.errc == Errc::key_unusable;
    return about_keys && !error.log_detail.empty() ? fail(io, error.log_detail) : fail(io, error);
}

// Plans the change, or makes it, and says what comes of it.
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
    if (plan->restart_consumers) {
        say_who_follows(command);
    }
    if (!command.yes) {
        command.io.out << "Nothing was changed. Say --yes to do it.\n";
    }
    return code;
}

// A key that cannot be used exits with 78, as it does in the directory of keys.
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
                           "a public key needs --until, when the last token of it is dead: a "
                           "duration such as 14d, or a date to come such as 2030-01-31 or "
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
    print_rows(io.out, json, rows, key_json,
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
    const auto count = rewrap_sessions(sessions, sealer, yes);
    if (!count) {
        return fail(io, count.error());
    }
    if (count->outdated > 0) {
        io.out << (yes ? "Sealed the keys of " : "Would seal the keys of ") << count->outdated
               << " session(s) under the first key-encryption key.\n";
        if (!yes) {
            io.out << "No session was changed. Say --yes to do it.\n";
        }
    }
    if (count->unreadable > 0) {
        return fail(
            io, std::to_string(count->unreadable) +
                    " session(s) cannot be read, and nobody can refresh them: " + count->reason);
    }
    return kExitOk;
}

int keys_import(const KeyCommand& command, const KeyImport& wanted, std::int64_t now_s) {
    auto content = config::read_config_file(wanted.file);
    if (const auto* fault = std::get_if<config::FileFault>(&content)) {
        return fail(command.io, wanted.file + ' ' + fault->text);
    }
    auto& pem = std::get<std::string>(content);
    const WipeOnExit wiped(pem);
    if (pem.find("PRIVATE KEY-----") == std::string::npos) {
        return import_public(command, wanted, pem, now_s);
    }
    if (wanted.until || wanted.kid) {
        return wrong_usage(command.io, "--until and --kid are for public keys");
    }
    if (const auto exposure = config::find_exposure(wanted.file)) {
        return report_unusable_keys({wanted.file + ' ' + exposure->text}, command.io);
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

// YYYY-MM-DD, or that with THH:MM:SSZ.
std::optional<std::int64_t> read_date(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
    constexpr std::size_t kDateChars = 10;
    if (text.size() != kDateChars && text.size() != kShape.size()) {
        return std::nullopt;
    }
    std::array<int, 6> numbers{};
    std::size_t part = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (digit != (kShape[i] == 'd') || (!digit && text[i] != kShape[i])) {
            return std::nullopt;
        }
        if (digit) {
            numbers[part] = numbers[part] * 10 + (text[i] - '0');
        } else {
            ++part;
        }
    }
    const auto [year, month, day, hour, minute, second] = numbers;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    const auto midnight = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(midnight).count() + hour * 3600 +
           minute * 60 + second;
}

}  // namespace

std::optional<std::int64_t> read_until(std::string_view text, std::int64_t now_s) {
    if (const auto duration_s = config::read_duration_s(text)) {
        return now_s + *duration_s;
    }
    const auto date_s = read_date(text);
    return date_s && *date_s > now_s ? date_s : std::nullopt;
}

}  // namespace signet::cli
