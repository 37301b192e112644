#pragma once

#include <signet/domain/session.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/result.hpp>

#include <cstdint>
#include <optional>

namespace signet {

// The decision about a locked session.
struct Settled {
    RefreshDecision decision;              // refuse if there is no such session
    std::optional<StoredSession> session;  // as it was before the decision was carried out
};

// Locks the session, decides on the refresh token of generation `presented`, and carries the
// decision out in `transaction`, which the caller commits.
Result<Settled> settle(AccountTransaction& transaction, const SessionId& id,
                       std::uint32_t presented, const SessionPolicy& policy);

}  // namespace signet
