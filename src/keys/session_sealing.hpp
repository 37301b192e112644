#pragma once

#include "keys/sealing.hpp"

#include <signet/ports/sessions.hpp>

#include <utility>

namespace signet::keys {

// Session keys under the key-encryption keys of a Sealer, each bound to its session.
class SealedSessionKeys final : public SessionSealer {
public:
    explicit SealedSessionKeys(Sealer sealer) : sealer_(std::move(sealer)) {}

    Text seal(std::string_view key, const SessionId& id) const override;
    Result<std::string> open(std::string_view sealed, const SessionId& id) const override;
    bool current(std::string_view sealed) const override;

private:
    Sealer sealer_;
};

}  // namespace signet::keys
