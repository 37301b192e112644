#include "store/conninfo.hpp"

#include "base/ascii.hpp"
#include "base/file_guard.hpp"
#include "base/secret.hpp"
#include "store/sql_fill.hpp"
#include "store/sql_text.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <libpq-fe.h>
#include <map>
#include <memory>
#include <utility>
#include <variant>

namespace signet::store {
namespace {

using Settings = std::map<std::string, std::string>;

// Returns only the kind of error, because the reason that libpq gives contains pieces of the
// string.
std::string explain(std::string_view libpq_reason) {
    if (libpq_reason.find("percent-encoded") != std::string_view::npos) {
        return "a percent-encoded character in it is malformed";
    }
    if (libpq_reason.find("invalid URI query parameter") != std::string_view::npos ||
        libpq_reason.find("invalid connection option") != std::string_view::npos) {
        return "it names an option that libpq does not know";
    }
    return "it is neither a URL like postgres://user:password@host:5432/database nor libpq's "
           "keyword=value form";
}

// Reads the settings of `dsn`, and returns the reason if it cannot be read.
std::optional<std::string> parse(std::string_view dsn, Settings& settings) {
    char* reason = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(std::string(dsn).c_str(), &reason), &PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> reason_owner(reason, &PQfreemem);
    if (!parsed) {
        return explain(reason == nullptr ? "" : reason);
    }
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0') {
            settings[option->keyword] = option->val;
        }
    }
    return std::nullopt;
}

std::string value_of(const Settings& settings, const std::string& keyword) {
    const auto found = settings.find(keyword);
    return found == settings.end() ? std::string() : found->second;
}

std::string quote_value(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\\' || c == '\'') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    return out + '\'';
}

bool is_port_list(std::string_view ports) {
    return std::all_of(ports.begin(), ports.end(),
                       [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

// Returns how many items a list with commas has; an empty one has one.
std::size_t count_items(std::string_view list) {
    return static_cast<std::size_t>(std::count(list.begin(), list.end(), ',')) + 1;
}

// Moves the first `count` items of a list with commas to its end.
std::string rotate_list(std::string_view list, std::size_t count) {
    std::string out(list);
    for (std::size_t comma = 0; count > 0 && (comma = out.find(',')) != std::string::npos;
         --count) {
        out = out.substr(comma + 1) + ',' + out.substr(0, comma);
    }
    return out;
}

// Tells whether `options` sets the setting `name`.
bool sets(std::string_view options, std::string_view name) {
    for (std::size_t at = options.find(name); at != std::string_view::npos;
         at = options.find(name, at + 1)) {
        if (at == 0 || (!is_letter(options[at - 1]) && options[at - 1] != '_')) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<std::string> check_dsn(std::string_view dsn) {
    if (dsn.empty()) {
        return "it is empty";
    }
    if (!Text::from(dsn)) {
        return "it is not UTF-8 text";
    }
    Settings settings;
    if (auto reason = parse(dsn, settings)) {
        return reason;
    }
    if (value_of(settings, "host").find('@') != std::string::npos) {
        return "the host has an @ in it: write an @ of the password as %40";
    }
    if (!is_port_list(value_of(settings, "port"))) {
        return "the port is not a number: write a : or / of the password as %3A or %2F";
    }
    return std::nullopt;
}

std::optional<std::string> check_schema(std::string_view schema) {
    if (schema.empty() || schema.size() > kSchemaNameBytesMax) {
        return "a schema name has 1 to 63 bytes";
    }
    if (!Text::from(schema) || has_control_character(schema)) {
        return "a schema name is UTF-8 text without control characters";
    }
    if (schema.find("$$") != std::string_view::npos) {
        return "a schema name with $$ in it cannot be put into SQL safely";
    }
    if (schema == "signet" || schema == "information_schema" || schema.starts_with("pg_")) {
        return "this schema is taken: signet, information_schema and pg_* are not for tables";
    }
    return std::nullopt;
}

std::size_t count_hosts(std::string_view dsn) {
    Settings settings;
    parse(dsn, settings);
    return std::max(count_items(value_of(settings, "host")),
                    count_items(value_of(settings, "hostaddr")));
}

std::optional<std::string> make_conninfo(const ConnectionOptions& options, std::size_t first_host) {
    if (check_dsn(options.dsn) || check_schema(options.schema)) {
        return std::nullopt;
    }
    Settings settings;
    if (parse(options.dsn, settings)) {
        return std::nullopt;
    }
    for (const char* list : {"host", "hostaddr", "port"}) {
        if (const auto found = settings.find(list); found != settings.end()) {
            found->second = rotate_list(found->second, first_host);
        }
    }
    const Timeouts& limits = options.timeouts;
    settings.try_emplace("connect_timeout", std::to_string(limits.connect_s));
    settings.try_emplace("tcp_user_timeout", std::to_string(limits.tcp_user_ms));
    settings.try_emplace("keepalives", "1");
    settings.try_emplace("keepalives_idle", "10");
    settings.try_emplace("keepalives_interval", "3");
    settings.try_emplace("keepalives_count", "3");
    settings.try_emplace("application_name", "signet");
    settings.try_emplace("target_session_attrs", "read-write");
    settings["client_encoding"] = "UTF8";
    std::string out;
    for (const auto& [keyword, value] : settings) {
        out += keyword + '=' + quote_value(value) + ' ';
    }
    return out;
}

bool read_dsn_again(ConnectionOptions& options, std::string& fault) {
    if (options.dsn_file.empty()) {
        return false;
    }
    auto content = read_secret_file(options.dsn_file);
    if (const auto* unreadable = std::get_if<FileFault>(&content)) {
        fault = options.dsn_file + ' ' + unreadable->text;
        return false;
    }
    auto& dsn = std::get<std::string>(content);
    const WipeOnExit wiped(dsn);
    if (const auto reason = check_dsn(dsn)) {
        fault = options.dsn_file + " holds no URL that can be used: " + *reason;
        return false;
    }
    if (dsn == options.dsn) {
        return false;
    }
    std::swap(dsn, options.dsn);
    return true;
}

std::string session_settings(const ConnectionOptions& options) {
    Settings settings;
    parse(options.dsn, settings);
    const std::string operators = value_of(settings, "options");
    const Timeouts& limits = options.timeouts;
    std::string out(sql::session);
    for (const auto& [name, limit_ms] :
         {std::pair("statement_timeout", limits.statement_ms),
          std::pair("lock_timeout", limits.lock_ms),
          std::pair("idle_in_transaction_session_timeout", limits.idle_in_transaction_ms)}) {
        if (!sets(operators, name)) {
            out += fill(sql::session_limit,
                        {{":name", name}, {":limit_ms", std::to_string(limit_ms)}});
        }
    }
    return out;
}

bool has_password(std::string_view dsn) {
    Settings settings;
    return parse(dsn, settings).has_value() || !value_of(settings, "password").empty();
}

std::string role_of(std::string_view dsn) {
    Settings settings;
    parse(dsn, settings);
    return value_of(settings, "user");
}

}  // namespace signet::store
