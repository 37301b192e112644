#include "doctor/examination.hpp"

#include "base/ascii.hpp"
#include "base/file_guard.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "base/url.hpp"
#include "base/utf8.hpp"
#include "config/value.hpp"
#include "doctor/diagnosis.hpp"
#include "doctor/metadata.hpp"
#include "mail/mail_url.hpp"
#include "mail/sender.hpp"
#include "mail/smtp.hpp"
#include "server/adapters.hpp"
#include "server/key_access.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"

#include <signet/domain/text.hpp>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace signet::doctor {
namespace {

constexpr std::chrono::seconds kAnswerMax{5};
constexpr std::size_t kAnswerBytesMax = std::size_t{256} * 1024;
constexpr std::size_t kUrlShownMax = 300;
constexpr std::size_t kRolesMax = 10'000;
constexpr const char* kDotenv = ".env";

// Returns the first value of the header, or nothing.
std::optional<std::string> find_header(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const std::size_t end = std::min(head.find('\n'), head.size());
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(end + 1, head.size()));
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
            return std::string(trim(line.substr(colon + 1)));
        }
    }
    return std::nullopt;
}

// By how much a clock that showed `date` between two moments of ours is ahead. Its seconds are cut
// off, so that a second is no difference.
std::int64_t ahead_of_us(std::int64_t date_s, std::int64_t before_s, std::int64_t after_s) {
    if (date_s > after_s) {
        return date_s - after_s;
    }
    return date_s + 1 < before_s ? date_s + 1 - before_s : 0;
}

std::int64_t read_date_ahead(const std::string& head, std::int64_t before_s, std::int64_t after_s) {
    const auto date = find_header(head, "date");
    std::tm time{};
    if (!date || ::strptime(date->c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time) == nullptr) {
        return 0;
    }
    return ahead_of_us(::timegm(&time), before_s, after_s);
}

class Examination {
public:
    Examination(Facts& facts, const Scope& scope, OutboundHttp& http)
        : facts_(facts), scope_(scope), http_(http) {}

    void run() {
        look_at_files();
        look_at_keys();
        look_at_database();
        greet_mail_server();
        ask_signet();
        ask_hook();
        ask_hasura();
        read_metadata_of_scope();
    }

private:
    Answer ask(const std::string& url, const std::string* body, std::vector<std::string> fields,
               std::size_t bytes_max) {
        Answer answer{.url = shown_url(url)};
        const OutboundRequest request{url, std::move(fields), kAnswerMax, bytes_max};
        const std::int64_t before_s = SystemClock().now_s();
        OutboundReply reply = body == nullptr ? http_.get(request) : http_.post(request, *body);
        answer.status = reply.status;
        answer.fault = std::move(reply.fault);
        answer.body = std::move(reply.body);
        answer.cache_control = find_header(reply.head, "cache-control");
        answer.ahead_s = read_date_ahead(reply.head, before_s, SystemClock().now_s());
        return answer;
    }

    Answer get(const std::string& url) { return ask(url, nullptr, {}, kAnswerBytesMax); }

    Answer post(const std::string& url, const std::string& body,
                std::vector<std::string> fields = {}) {
        fields.emplace_back("Content-Type: application/json");
        return ask(url, &body, std::move(fields), kMetadataBytesMax);
    }

    bool has_error(std::initializer_list<std::string_view> names) const {
        return std::ranges::any_of(names, [&](auto name) { return facts_.loaded.has_error(name); });
    }

    void look_at_file(const std::string& path) {
        const OwnedFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
        const auto access = file.valid() ? FileAccess::of(file.get()) : std::nullopt;
        if (const auto reason =
                access ? find_exposure(*access, ProcessUser::current()) : std::nullopt) {
            facts_.exposed.push_back({path, *reason});
        }
    }

    bool dotenv_holds_secrets() const {
        const auto is_ours = [&](const config::Setting& setting) {
            const auto& shown = facts_.loaded.shown;
            const auto row = std::ranges::find(shown, setting.name, &config::ShownSetting::name);
            return setting.privacy == config::Privacy::secret && row != shown.end() &&
                   row->origin == config::Origin::dotenv;
        };
        const auto is_hasuras = [&](const char* name) {
            return std::getenv(name) == nullptr && !hasura_setting(facts_, name).empty();
        };
        return std::ranges::any_of(config::settings(), is_ours) ||
               is_hasuras("HASURA_GRAPHQL_ADMIN_SECRET") || is_hasuras("HASURA_GRAPHQL_JWT_SECRET");
    }

    // The directory holds keys. Files that NAME_FILE names were looked at when they were read.
    void look_at_files() {
        if (dotenv_holds_secrets()) {
            look_at_file(kDotenv);
        }
        std::error_code fault;
        for (const auto& entry :
             std::filesystem::directory_iterator(facts_.loaded.config.keys.directory, fault)) {
            const std::string name = entry.path().filename();
            if (entry.is_regular_file(fault) &&
                (name.ends_with(".pem") || name.ends_with(".json") || name.ends_with(".key"))) {
                look_at_file(entry.path());
            }
        }
    }

    void look_at_keys() {
        if (has_error({"AUTH_KEYS_DIR", "AUTH_PRIVATE_KEY", "AUTH_PUBLIC_KEY", "AUTH_KEY_ID",
                       "AUTH_KEY_ENCRYPTION_KEY"}) ||
            (facts_.loaded.config.keys.in_database() && has_error({"DATABASE_URL"}))) {
            return;
        }
        const auto load = server::peek_keys(facts_.loaded.config, SystemClock().now_s());
        // A database that is away is told once, as such.
        facts_.keys.looked = load.errors.empty() || !facts_.loaded.config.keys.in_database();
        facts_.keys.errors = load.errors;
        if (load.keys && load.keys->signer() != nullptr) {
            facts_.keys.signer = load.keys->signer()->kid;
        }
    }

    void fail_database(DatabaseState state, const std::string& reason) {
        using enum DatabaseState;
        constexpr std::array<std::pair<std::string_view, DatabaseState>, 5> kSigns{
            {{"read-only", read_only},
             {"hot standby", read_only},
             {"in recovery", read_only},
             {"locks are held by", locked},
             {"nobody holds it any more", locked}}};
        for (const auto& [sign, meant] : kSigns) {
            if (state == unreachable && reason.find(sign) != std::string::npos) {
                state = meant;
            }
        }
        facts_.database.state = state;
        facts_.database.reason = to_printable(reason, kUrlShownMax * 4);
    }

    void fail_database(const store::MigrateError& error) {
        using Kind = store::MigrateError::Kind;
        fail_database(error.kind == Kind::pooled        ? DatabaseState::pooled
                      : error.kind == Kind::unavailable ? DatabaseState::unreachable
                                                        : DatabaseState::unusable,
                      error.message);
    }

    void look_at_database() {
        if (has_error({"DATABASE_URL", "MIGRATION_DATABASE_URL", "AUTH_DATABASE_SCHEMA",
                       "AUTH_CLAIMS_FUNCTION", ".env"})) {
            return;
        }
        const config::Config& config = facts_.loaded.config;
        // Where `serve` does not migrate, it may lack the password of the owner.
        const store::ConnectionOptions options = config.store.migrate
                                                     ? server::owner_options(config.store)
                                                     : server::connection_options(config.store);
        const auto migrations = store::migration_status(options);
        if (!migrations) {
            return fail_database(migrations.error());
        }
        facts_.database.state = DatabaseState::ready;
        for (const store::MigrationRow& row : *migrations) {
            if (!row.applied_at) {
                facts_.database.pending.push_back(row.name);
            }
        }
        if (!facts_.database.pending.empty()) {
            if (auto obstacles = store::migration_obstacles(options, facts_.database.pending)) {
                facts_.database.obstacles = std::move(*obstacles);
            }
        } else {
            look_at_tables(*store::make_store(server::connection_options(config.store)));
        }
    }

    void look_at_tables(store::Store& store) {
        DatabaseFacts& database = facts_.database;
        const auto pooled = store.pools_transactions();
        if (!pooled) {
            return fail_database(DatabaseState::unreachable, pooled.error().log_detail);
        }
        if (*pooled) {
            return fail_database(DatabaseState::pooled,
                                 std::string(store::kTransactionPoolingRefused));
        }
        const std::int64_t before_s = SystemClock().now_s();
        if (const auto time_s = store.database_time()) {
            database.ahead_s = ahead_of_us(*time_s, before_s, SystemClock().now_s());
        }
        if (const auto addresses = store.count_client_addresses()) {
            database.addresses = *addresses;
        }
        if (auto roles = store.role_admin().list_roles(std::nullopt, kRolesMax)) {
            database.roles = std::move(*roles);
        }
        auto objects = store.foreign_objects();
        const bool unsafe =
            objects && std::ranges::any_of(*objects, &store::ForeignObject::refuses);
        if (unsafe) {
            database.objects = std::move(*objects);
            return;  // nothing of it should be tried
        }
        auto checked = store.check(Text::from(facts_.loaded.config.roles.default_role));
        if (!checked) {
            return fail_database(checked.error());
        }
        database.objects = std::move(*checked);
    }

    void greet_mail_server() {
        const config::MailConfig& mail = facts_.loaded.config.mail;
        if (!mail.on() || has_error({"AUTH_MAIL_URL", "AUTH_MAIL_FROM"})) {
            return;
        }
        auto target = mail::read_mail_url(mail.url.reveal());
        auto sender = mail::read_sender(mail.from);
        auto* const server = target ? std::get_if<mail::SmtpServer>(&*target) : nullptr;
        if (server != nullptr && sender) {
            facts_.mail = mail::SmtpTransport(std::move(*server), *std::move(sender)).greet();
        }
    }

    void ask_signet() {
        facts_.jwks = get(jwk_url(facts_));
        const std::string& issuer = facts_.loaded.config.tokens.issuer;
        if (issuer.starts_with("http://") || issuer.starts_with("https://")) {
            facts_.discovery = get(url_below(issuer, "/.well-known/openid-configuration"));
        }
    }

    void ask_hook() {
        const std::string url = hasura_setting(facts_, "HASURA_GRAPHQL_AUTH_HOOK");
        if (url.empty()) {
            return;
        }
        const bool posts = hasura_setting(facts_, "HASURA_GRAPHQL_AUTH_HOOK_MODE") == "POST";
        facts_.hook = posts ? post(url, R"({"headers":{},"request":null})") : get(url);
    }

    void ask_hasura() {
        if (!scope_.hasura_url) {
            return;
        }
        const std::string& base = *scope_.hasura_url;
        RunningHasura running{.health = get(url_below(base, "/healthz"))};
        running.health.url = shown_url(base);
        if (running.health.status != 0) {
            const std::string url = url_below(base, "/v1/metadata");
            const std::string body = R"({"type":"export_metadata","args":{}})";
            Answer answer = post(url, body);
            running.status_without_secret = answer.status;
            std::string secret = hasura_setting(facts_, "HASURA_GRAPHQL_ADMIN_SECRET");
            const WipeOnExit wiped(secret);
            const bool sendable = !secret.empty() && std::ranges::none_of(secret, [](char c) {
                return c == '\r' || c == '\n' || c == '\0';
            });
            if (answer.status != 200 && sendable) {
                answer = post(url, body, {"X-Hasura-Admin-Secret: " + secret});
                running.status_with_secret = answer.status;
            }
            if (answer.status == 200 && !scope_.metadata) {
                take_metadata(read_metadata_json(answer.body));
            }
        }
        facts_.running = std::move(running);
    }

    void read_metadata_of_scope() {
        if (scope_.metadata) {
            take_metadata(read_metadata(*scope_.metadata));
        }
        if (!facts_.metadata) {
            return;
        }
        for (const std::string& name : header_variables(*facts_.metadata)) {
            if (const char* const value = std::getenv(name.c_str())) {
                facts_.header_values.insert_or_assign(name, value);
            }
        }
    }

    void take_metadata(std::variant<boost::json::object, MetadataFault> read) {
        if (auto* const fault = std::get_if<MetadataFault>(&read)) {
            facts_.metadata_fault = std::move(fault->text);
        } else {
            facts_.metadata = std::get<boost::json::object>(std::move(read));
        }
    }

    Facts& facts_;
    const Scope& scope_;
    OutboundHttp& http_;
};

}  // namespace

Facts examine(config::LoadedConfig loaded, config::Variables hasura, const Scope& scope,
              OutboundHttp& http) {
    Facts facts;
    facts.loaded = std::move(loaded);
    facts.hasura = std::move(hasura);
    Examination(facts, scope, http).run();
    return facts;
}

std::string shown_url(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const std::size_t scheme = url.find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t path = std::min(url.find('/', begin), url.size());
    const std::size_t at = url.substr(0, path).rfind('@');
    std::string out(url.substr(0, begin));
    out += url.substr(at == std::string_view::npos ? begin : at + 1);
    return to_printable(out, kUrlShownMax);
}

}  // namespace signet::doctor
