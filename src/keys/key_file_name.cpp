#include "keys/key_file_name.hpp"

#include "base/base64url.hpp"
#include "base/sha256.hpp"
#include "tokens/key_set.hpp"

namespace signet::keys {
namespace {

constexpr std::string_view kExtension = ".pem";

}  // namespace

KeyFileName read_key_file_name(std::string_view name) {
    if (name.ends_with(kExtension)) {
        name.remove_suffix(kExtension.size());
    }
    for (const KeyState state : {KeyState::active, KeyState::next, KeyState::retired}) {
        const std::string prefix = std::string(signet::to_string(state)) + '-';
        if (name.starts_with(prefix)) {
            return {state, std::string(name.substr(prefix.size()))};
        }
    }
    return {};
}

std::string write_key_file_name(KeyState state, std::string_view thumbprint) {
    return std::string(signet::to_string(state)) + '-' + std::string(thumbprint) +
           std::string(kExtension);
}

std::string write_foreign_file_name(std::string_view kid) {
    return "foreign-" + base64url_encode(sha256(kid)) + std::string(kExtension);
}

}  // namespace signet::keys
