#include "app/adapters.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "keyring/fixed_key.hpp"
#include "password/argon2_hasher.hpp"
#include "password/zxcvbn_judge.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace signet::app {
namespace {

bool has_key_files(const std::string& directory) {
    std::error_code fault;
    const std::filesystem::directory_iterator files(directory, fault);
    if (fault) {
        // Only what is not there is empty; what cannot be read is for the keyring to explain.
        return fault != std::errc::no_such_file_or_directory;
    }
    return std::ranges::any_of(files, [](const auto& file) {
        const std::string name = file.path().filename();
        return name.ends_with(".pem") && !name.starts_with('.');
    });
}

keyring::KeyLoad load_one_key(const KeyConfig& config, std::int64_t now_s) {
    keyring::FixedKeyOptions options;
    options.private_pem = config.private_key.reveal();
    if (!config.public_key.empty()) {
        options.public_pem = config.public_key.reveal();
    }
    options.kid = config.key_id;
    const WipeOnExit wiped(options.private_pem);
    return keyring::load_fixed_key(options, now_s);
}

}  // namespace

struct Adapters::Impl {
    explicit Impl(const Config& config)
        : store(store::make_store(connection_options(config.store))),
          hasher(argon2_options(config.passwords), random),
          judge(config.passwords.length_min) {}

    SystemRandom random;
    std::unique_ptr<store::Store> store;
    Argon2Hasher hasher;
    ZxcvbnJudge judge;
};

Adapters::Adapters(const Config& config) : impl_(std::make_unique<Impl>(config)) {}

Adapters::~Adapters() = default;

AdminPorts Adapters::admin_ports() {
    return {impl_->store->accounts(),
            impl_->store->account_admin(),
            impl_->store->role_admin(),
            impl_->hasher,
            impl_->judge,
            impl_->random};
}

Argon2Options argon2_options(const PasswordConfig& config) {
    return {config.argon2_memory_kib, config.argon2_iterations, config.argon2_lanes};
}

store::ConnectionOptions connection_options(const StoreConfig& config) {
    store::ConnectionOptions options;
    options.dsn = config.database_url.reveal();
    options.schema = config.schema;
    return options;
}

keyring::KeyLoad load_keys(const KeyConfig& config, std::int64_t now_s) {
    if (!config.private_key.empty()) {
        return load_one_key(config, now_s);
    }
    return keyring::load_key_files({config.directory, config.rsa_bits});
}

keyring::KeyLoad peek_keys(const KeyConfig& config, std::int64_t now_s) {
    if (config.private_key.empty() && !has_key_files(config.directory)) {
        return {};
    }
    return load_keys(config, now_s);
}

}  // namespace signet::app
