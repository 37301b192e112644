#include "service/draft_session.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "service/refresh_token.hpp"

#include <cstddef>
#include <span>

namespace signet {

DraftSession draft_session(const SessionClient& client, const SignInPorts& ports,
                           const SessionPolicy& policy) {
    const SessionId id = SessionId::parse(random_uuid(ports.random)).value();
    std::string key(kSessionKeyBytes, '\0');
    const WipeOnExit wiped(key);
    ports.random.fill(std::as_writable_bytes(std::span(key)));
    return {{id, ports.sealer.seal(key, id), client, policy}, make_refresh_token(id, 0, key)};
}

}  // namespace signet
