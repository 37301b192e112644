#include "keys/session_sealing.hpp"

#include "base/secret.hpp"

namespace signet::keys {
namespace {

// What a sealed key belongs to. No signing key has a kid of this form and an empty alg.
std::string address(const SessionId& id) {
    return "session " + id.str() + '\0';
}

}  // namespace

Text SealedSessionKeys::seal(std::string_view key, const SessionId& id) const {
    return Text::from(sealer_.seal(key, address(id))).value();
}

Result<std::string> SealedSessionKeys::open(std::string_view sealed, const SessionId& id) const {
    auto key = sealer_.open(sealed, address(id));
    if (!key) {
        return Error{Errc::session_key_unavailable,
                     "the key of session " + id.str() + ' ' + key.error().log_detail};
    }
    if (key->size() != kSessionKeyBytes) {
        wipe(*key);
        return Error{Errc::session_key_unavailable,
                     "the key of session " + id.str() + " has another length"};
    }
    return key;
}

bool SealedSessionKeys::current(std::string_view sealed) const {
    return sealer_.sealed_by_first(sealed);
}

}  // namespace signet::keys
