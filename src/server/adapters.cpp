#include "server/adapters.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "keys/sealing.hpp"
#include "outbound/curl_http.hpp"
#include "outbound/event_webhook.hpp"
#include "password/argon2_hasher.hpp"
#include "password/breach_judge.hpp"
#include "password/zxcvbn_judge.hpp"
#include "server/key_access.hpp"
#include "service/outgoing.hpp"
#include "store/store.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

namespace signet::server {
namespace {

// A search reads every account. Whoever runs a command can stop it sooner.
constexpr int kOperatorStatementMs = 60'000;

constexpr std::size_t kUserEntryBytesMax = 16 * 1024;

}  // namespace

// An EventTeller as well, because the key that seals what is sent is opened when the first comes.
struct Adapters::Impl final : EventTeller {
    Impl(const config::Config& config, OnBreachListSilent on_silence)
        : keys(config.keys),
          mails(make_mail_policy(config)),
          store(store::make_store(operator_options(config.store))),
          signer_key(config.signer_key),
          hasher(config.argon2, random,
                 {.memory_kib_max = stored_memory_kib_max(config.argon2),
                  .signer_key = signer_key.reveal()}),
          judge(make_judge(config, std::move(on_silence))) {
        store->account_admin().tell_of_changes(this);
    }

    Result<const SessionSealer*> open_sealer();
    Result<void> tell(OutboxWriter& outbox, std::string_view event, const UserId& user,
                      MessageValues data) override;
    Result<void> notify(OutboxWriter& outbox, std::string_view notice, const Account& user,
                        MessageValues values) override;

    SystemRandom random;
    config::KeyConfig keys;
    MailPolicy mails;
    std::unique_ptr<const SessionSealer> sealer;
    std::unique_ptr<store::Store> store;
    config::SecretText signer_key;
    Argon2Hasher hasher;
    std::unique_ptr<const PasswordJudge> judge;
};

Result<const SessionSealer*> Adapters::Impl::open_sealer() {
    if (!sealer && keys.encryption_keys.empty()) {
        auto key = keys::peek_session_key(keys.directory);
        if (!key || !*key) {
            return key ? Error{Errc::key_unusable,
                               std::string("AUTH_KEYS_DIR, which is ") + keys.directory +
                                   ", has no " + keys::kSessionKeyFile +
                                   ", with which what is sent has to be sealed. Run this with the "
                                   "AUTH_KEYS_DIR of the server, where it has run before."}
                       : key.error();
        }
        wipe(**key);
    }
    if (!sealer) {
        auto opened = open_session_keys(keys, nullptr);
        if (!opened) {
            return opened.error();
        }
        sealer = std::move(*opened);
    }
    return sealer.get();
}

Result<void> Adapters::Impl::tell(OutboxWriter& outbox, std::string_view event, const UserId& user,
                                  MessageValues data) {
    if (!mails.events) {
        return {};
    }
    const auto opened = open_sealer();
    return opened ? put_event(outbox, {**opened, random, mails}, event, user, std::move(data))
                  : opened.error();
}

Result<void> Adapters::Impl::notify(OutboxWriter& outbox, std::string_view notice,
                                    const Account& user, MessageValues values) {
    if (!mails.on || !user.email) {
        return {};
    }
    const auto opened = open_sealer();
    return opened
               ? put_notice(outbox, {**opened, random, mails}, notice, user, {}, std::move(values))
               : opened.error();
}

MailPolicy make_mail_policy(const config::Config& config) {
    MailPolicy policy = config.mail.policy;
    policy.on = config.mail.on();
    policy.issuer = config.tokens.issuer;
    policy.events = !config.events.url.empty();
    return policy;
}

std::unique_ptr<EventTransport> make_event_transport(const config::EventConfig& config,
                                                     const Clock& clock) {
    if (config.url.empty()) {
        return nullptr;
    }
    outbound::EventReceiver receiver{config.url.reveal(), {}};
    for (const config::SecretText& key : config.keys) {
        receiver.keys.push_back(key.reveal());
    }
    return std::make_unique<outbound::EventWebhook>(std::move(receiver),
                                                    std::make_unique<outbound::CurlHttp>(), clock);
}

std::unique_ptr<const PasswordJudge> make_judge(const config::Config& config,
                                                OnBreachListSilent on_silence) {
    auto judge =
        std::make_unique<const ZxcvbnJudge>(config.password_length_min, config.weak_passwords);
    if (config.breach_url.empty()) {
        return judge;
    }
    return std::make_unique<const BreachJudge>(
        std::move(judge), std::make_unique<outbound::CurlHttp>(),
        BreachList{.url = config.breach_url,
                   .questions_max = std::max<std::size_t>(1, config.lanes.crypto_threads / 2),
                   .on_silence = std::move(on_silence)});
}

Adapters::Adapters(const config::Config& config, OnBreachListSilent on_silence)
    : impl_(std::make_unique<Impl>(config, std::move(on_silence))) {}

Adapters::~Adapters() = default;

Outbox& Adapters::outbox() {
    return impl_->store->outbox();
}

std::optional<std::string> Adapters::hash_fault(std::string_view stored) const {
    return impl_->hasher.hash_fault(stored);
}

Result<const SessionSealer*> Adapters::sealer() {
    return impl_->open_sealer();
}

AdminPorts Adapters::admin_ports() {
    return {impl_->store->accounts(),
            impl_->store->account_admin(),
            impl_->store->role_admin(),
            impl_->store->audit(),
            impl_->store->sessions(),
            impl_->store->user_reader(),
            impl_->hasher,
            *impl_->judge,
            impl_->random};
}

std::string operator_name() {
    std::array<char, kUserEntryBytesMax> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const uid_t user = ::getuid();
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return "cli:" + std::to_string(user);
    }
    return "cli:" + std::string(found->pw_name);
}

store::ConnectionOptions operator_options(const config::StoreConfig& config) {
    store::ConnectionOptions options = connection_options(config);
    options.actor = operator_name();
    options.timeouts.statement_ms = kOperatorStatementMs;
    return options;
}

store::ConnectionOptions owner_options(const config::StoreConfig& config) {
    store::ConnectionOptions options = connection_options(config);
    options.adopt = config.adopt;
    if (!config.migration_url.empty()) {
        options.service_dsn = std::exchange(options.dsn, config.migration_url.reveal());
        options.service_dsn_file = std::exchange(options.dsn_file, config.migration_url_file);
        options.other_role.clear();  // the service's connection tells its role
    }
    return options;
}

store::ConnectionOptions connection_options(const config::StoreConfig& config) {
    store::ConnectionOptions options;
    options.dsn = config.database_url.reveal();
    options.dsn_file = config.database_url_file;
    options.schema = config.schema;
    if (!config.migration_url.empty()) {
        options.other_role = store::role_of(config.migration_url.reveal());
    }
    options.claims_function = config.claims_function;
    // PostgreSQL holds the number of milliseconds in a signed 32-bit integer.
    options.claims_ms = static_cast<int>(std::min<std::int64_t>(
        std::chrono::milliseconds(std::chrono::seconds(config.claims_timeout_s)).count(),
        std::numeric_limits<std::int32_t>::max()));
    return options;
}

}  // namespace signet::server
