#include "server/key_access.hpp"

#include "base/file_guard.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "config/table.hpp"
#include "keys/key_file.hpp"
#include "keys/key_gate.hpp"
#include "keys/sealing.hpp"
#include "server/adapters.hpp"
#include "store/store.hpp"
#include "tokens/keyring.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace signet::server {
namespace {

constexpr std::string_view kEncryptionKeysName = "AUTH_KEY_ENCRYPTION_KEY";

// Returns copies, which the sealer wipes.
std::vector<std::string> copies_of(const std::vector<config::SecretText>& secrets) {
    std::vector<std::string> copies;
    copies.reserve(secrets.size());
    for (const config::SecretText& secret : secrets) {
        copies.push_back(secret.reveal());
    }
    return copies;
}

// Reads the file of AUTH_KEY_ENCRYPTION_KEY_FILE as the configuration does.
Result<std::vector<std::string>> read_encryption_keys(const std::string& path) {
    auto content = read_secret_file(path);
    if (const auto* fault = std::get_if<FileFault>(&content)) {
        return Error{Errc::key_unusable, path + ' ' + fault->text};
    }
    auto& text = std::get<std::string>(content);
    const WipeOnExit wiped(text);
    const auto settings = config::settings();
    const auto row = std::ranges::find(settings, kEncryptionKeysName, &config::Setting::name);
    config::Config read;
    if (!row->assign(read, text)) {
        return Error{Errc::key_unusable,
                     path + " cannot be used: expected " + std::string(row->expected)};
    }
    return copies_of(read.keys.encryption_keys);
}

// Reads AUTH_KEY_ENCRYPTION_KEY anew if it came from a file.
keys::Sealer::Source signing_source(const config::KeyConfig& config) {
    if (config.encryption_keys_file.empty()) {
        return nullptr;
    }
    return [path = config.encryption_keys_file] { return read_encryption_keys(path); };
}

// Reads everything anew that may open the key of a session.
keys::Sealer::Source session_source(const config::KeyConfig& config) {
    return [given = config.encryption_keys, path = config.encryption_keys_file,
            directory = config.directory]() -> Result<std::vector<std::string>> {
        auto keys = path.empty() ? Result<std::vector<std::string>>(copies_of(given))
                                 : read_encryption_keys(path);
        if (!keys || keys->size() == keys::kKeksMax) {
            return keys;
        }
        auto beside = keys::peek_session_key(directory);
        if (beside && *beside) {
            keys->push_back(std::move(**beside));
        }
        return beside || !keys->empty() ? std::move(keys) : beside.error();
    };
}

Result<KeyAccess> open_database(const config::KeyConfig& config,
                                const store::ConnectionOptions& connection) {
    auto sealer = keys::Sealer::make(copies_of(config.encryption_keys), signing_source(config));
    if (!sealer) {
        return sealer.error();
    }
    return KeyAccess{store::make_key_home(connection),
                     std::make_unique<keys::SealedCodec>(std::move(*sealer))};
}

keys::KeyLoad load_one_key(const config::KeyConfig& config, std::int64_t now_s) {
    keys::FixedKeyOptions options;
    options.private_pem = config.private_key.reveal();
    if (!config.public_key.empty()) {
        options.public_pem = config.public_key.reveal();
    }
    options.kid = config.key_id;
    const WipeOnExit wiped(options.private_pem);
    return keys::load_fixed_key(options, now_s);
}

keys::KeyLoad failure(const Error& error) {
    keys::KeyLoad load;
    load.errors.push_back(error.log_detail);
    return load;
}

keys::KeyLoad peek_database(const config::Config& config) {
    const auto access = open_keys(config, connection_options(config.store), {});
    if (!access) {
        return failure(access.error());
    }
    const auto view = access->home->load();
    if (!view) {
        return failure(view.error());
    }
    std::vector<std::string> warnings;
    auto keys = keys::make_key_set(*view, *access->codec, &warnings);
    if (!keys) {
        return failure(keys.error());
    }
    keys::KeyLoad load;
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
        // A directory that cannot be read may hold keys. Whoever opens it reports the reason.
        return fault != std::errc::no_such_file_or_directory;
    }
    return std::ranges::any_of(files, [](const auto& file) {
        const std::string name = file.path().filename();
        return (name.ends_with(".pem") && !name.starts_with('.')) || name == keys::kKeyFileName;
    });
}

keys::KeyLoad load_keys(const config::Config& config, std::int64_t now_s) {
    const config::KeyConfig& keys = config.keys;
    if (keys.fixed()) {
        return load_one_key(keys, now_s);
    }
    return keys::load_key_files({.directory = keys.directory,
                                 .generated_bits = keys.making.rsa_bits,
                                 .generated_alg = keys::choose_alg(keys.making, {}),
                                 .policy = config.keys.rotation});
}

keys::KeyLoad peek_keys(const config::Config& config, std::int64_t now_s) {
    if (config.keys.in_database()) {
        return peek_database(config);
    }
    if (config.keys.fixed()) {
        return load_keys(config, now_s);
    }
    if (!has_key_files(config.keys.directory)) {
        return {};
    }
    return keys::load_key_files({.directory = config.keys.directory, .read_only = true});
}

Result<KeyAccess> open_keys(const config::Config& config,
                            const store::ConnectionOptions& connection,
                            std::function<void(const std::string&)> on_notice) {
    if (config.keys.in_database()) {
        return open_database(config.keys, connection);
    }
    keys::DirectoryHomeOptions options;
    options.directory = config.keys.directory;
    options.on_notice = std::move(on_notice);
    auto home = keys::DirectoryHome::open(std::move(options));
    if (!home) {
        return home.error();
    }
    return KeyAccess{std::move(*home), std::make_unique<keys::PlainCodec>()};
}

Result<std::unique_ptr<const SessionSealer>> open_session_keys(
    const config::KeyConfig& config, const std::function<void(const std::string&)>& on_notice) {
    std::vector<std::string> keys = copies_of(config.encryption_keys);
    if (keys.empty()) {
        SystemRandom random;
        auto key = keys::load_session_key(config.directory, random);
        if (!key) {
            return key.error();
        }
        keys.push_back(std::move(*key));
    } else if (keys.size() < keys::kKeksMax) {
        auto key = keys::peek_session_key(config.directory);
        if (!key && on_notice) {
            on_notice(key.error().log_detail);
        }
        if (key && *key) {
            keys.push_back(std::move(**key));
        }
    }
    auto sealer = keys::Sealer::make(std::move(keys), session_source(config));
    if (!sealer) {
        return sealer.error();
    }
    return std::unique_ptr<const SessionSealer>(
        std::make_unique<const keys::SealedSessionKeys>(std::move(*sealer)));
}

}  // namespace signet::server
