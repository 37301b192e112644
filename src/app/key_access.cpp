#include "app/key_access.hpp"

#include "app/adapters.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "keyring/fixed_key.hpp"
#include "keyring/key_manifest.hpp"
#include "keyring/keyring.hpp"
#include "keyring/sealing.hpp"
#include "keyring/session_key_file.hpp"
#include "keyring/session_sealing.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace signet::app {
namespace {

// Copies, for a sealer to wipe.
std::vector<std::string> encryption_keys(const KeyConfig& config) {
    std::vector<std::string> keys;
    keys.reserve(config.encryption_keys.size());
    for (const SecretText& key : config.encryption_keys) {
        keys.push_back(key.reveal());
    }
    return keys;
}

Result<KeyAccess> open_database(const KeyConfig& config,
                                const store::ConnectionOptions& connection) {
    auto sealer = keyring::Sealer::make(encryption_keys(config));
    if (!sealer) {
        return sealer.error();
    }
    return KeyAccess{store::make_key_home(connection),
                     std::make_unique<keyring::SealedCodec>(std::move(*sealer))};
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

keyring::KeyLoad failure(const Error& error) {
    keyring::KeyLoad load;
    load.errors.push_back(error.log_detail);
    return load;
}

keyring::KeyLoad peek_database(const Config& config) {
    const auto access = open_keys(config, connection_options(config.store), {});
    if (!access) {
        return failure(access.error());
    }
    const auto view = access->home->load();
    if (!view) {
        return failure(view.error());
    }
    std::vector<std::string> warnings;
    auto keys = keyring::make_key_set(*view, *access->codec, &warnings);
    if (!keys) {
        return failure(keys.error());
    }
    keyring::KeyLoad load;
    if (!keys->keys().empty()) {
        load.keys = std::move(*keys);
    }
    return load;
}

}  // namespace

bool has_key_files(const std::string& directory) {
    std::error_code fault;
    const std::filesystem::directory_iterator files(directory, fault);
    if (fault) {
        // Only what is not there is empty; what cannot be read is for the keyring to explain.
        return fault != std::errc::no_such_file_or_directory;
    }
    return std::ranges::any_of(files, [](const auto& file) {
        const std::string name = file.path().filename();
        return (name.ends_with(".pem") && !name.starts_with('.')) || name == keyring::kManifestName;
    });
}

keyring::KeyLoad load_keys(const Config& config, std::int64_t now_s) {
    const KeyConfig& keys = config.keys;
    if (keys.fixed()) {
        return load_one_key(keys, now_s);
    }
    return keyring::load_key_files({.directory = keys.directory,
                                    .generated_bits = keys.rsa_bits,
                                    .generated_alg = keys.signing_alg,
                                    .policy = rotation_policy(config)});
}

keyring::KeyLoad peek_keys(const Config& config, std::int64_t now_s) {
    if (config.keys.in_database()) {
        return peek_database(config);
    }
    if (!config.keys.fixed() && !has_key_files(config.keys.directory)) {
        return {};
    }
    return load_keys(config, now_s);
}

Result<KeyAccess> open_keys(const Config& config, const store::ConnectionOptions& connection,
                            std::function<void(const std::string&)> on_notice) {
    if (config.keys.in_database()) {
        return open_database(config.keys, connection);
    }
    keyring::DirectoryHomeOptions options;
    options.directory = config.keys.directory;
    options.on_notice = std::move(on_notice);
    auto home = keyring::DirectoryHome::open(std::move(options));
    if (!home) {
        return home.error();
    }
    return KeyAccess{std::move(*home), std::make_unique<keyring::PlainCodec>()};
}

Result<std::unique_ptr<const SessionSealer>> open_session_keys(
    const KeyConfig& config, const std::function<void(const std::string&)>& on_notice) {
    std::vector<std::string> keys = encryption_keys(config);
    if (keys.empty()) {
        SystemRandom random;
        auto key = keyring::load_session_key(config.directory, random);
        if (!key) {
            return key.error();
        }
        keys.push_back(std::move(*key));
    } else if (keys.size() < keyring::kKeksMax) {
        auto key = keyring::peek_session_key(config.directory);
        if (!key && on_notice) {
            on_notice(key.error().log_detail);
        }
        if (key && *key) {
            keys.push_back(std::move(**key));
        }
    }
    auto sealer = keyring::Sealer::make(std::move(keys));
    if (!sealer) {
        return sealer.error();
    }
    return std::unique_ptr<const SessionSealer>(
        std::make_unique<const keyring::SealedSessionKeys>(std::move(*sealer)));
}

keyring::RotationPolicy rotation_policy(const Config& config) {
    return {.period_s = config.keys.rotation_s,
            .publish_ahead_s = config.keys.publish_ahead_s,
            .tokens_ttl_s = config.tokens.access_ttl_s};
}

keyring::KeyMaking key_making(const KeyConfig& config) {
    keyring::KeyMaking making;
    if (config.signing_alg_given) {
        making.alg = config.signing_alg;
    }
    making.rsa_bits = config.rsa_bits;
    return making;
}

}  // namespace signet::app
