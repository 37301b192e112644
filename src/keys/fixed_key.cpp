#include "keys/fixed_key.hpp"

#include "keys/key_gate.hpp"

#include <algorithm>

namespace signet::keys {

bool is_kid(std::string_view text) {
    return !text.empty() && text.size() <= kKidBytesMax &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

KeyLoad load_fixed_key(const FixedKeyOptions& options, std::int64_t now_s) {
    KeyLoad load;
    const auto key = load_private_key(options.private_pem, "AUTH_PRIVATE_KEY");
    if (!key) {
        load.errors.push_back(key.error().log_detail);
    } else if (key->alg() != tokens::kAlg) {
        load.errors.emplace_back("AUTH_PRIVATE_KEY: is no RSA key");
    }
    if (options.public_pem) {
        const auto other = load_public_key(*options.public_pem, "AUTH_PUBLIC_KEY");
        if (!other) {
            load.errors.push_back(other.error().log_detail);
        } else if (key && other->thumbprint() != key->thumbprint()) {
            load.errors.emplace_back("AUTH_PUBLIC_KEY: is not the public half of AUTH_PRIVATE_KEY");
        }
    }
    if (options.kid && !is_kid(*options.kid)) {
        load.errors.push_back("AUTH_KEY_ID: has to be 1 to " + std::to_string(kKidBytesMax) +
                              " visible ASCII characters");
    }
    if (!load.errors.empty()) {
        return load;
    }
    std::vector<tokens::Key> keys;
    keys.push_back({options.kid.value_or(key->thumbprint()),
                    std::string(tokens::kAlg),
                    KeyState::active,
                    now_s,
                    *key,
                    {}});
    load.keys = *tokens::KeySet::make(std::move(keys));
    return load;
}

}  // namespace signet::keys
