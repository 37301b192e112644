#include "app/load_keys.hpp"

#include "base/secret.hpp"
#include "keyring/fixed_key.hpp"

namespace signet::app {

keyring::KeyLoad load_keys(const KeyConfig& config, std::int64_t now_s) {
    if (config.private_key.empty()) {
        return keyring::load_key_files({config.directory, config.rsa_bits});
    }
    keyring::FixedKeyOptions options;
    options.private_pem = config.private_key.reveal();
    if (!config.public_key.empty()) {
        options.public_pem = config.public_key.reveal();
    }
    options.kid = config.key_id;
    keyring::KeyLoad loaded = load_fixed_key(options, now_s);
    wipe(options.private_pem);
    return loaded;
}

}  // namespace signet::app
