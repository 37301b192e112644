#pragma once

#include "base/ip_address.hpp"
#include "http/message.hpp"

#include <span>
#include <vector>

namespace signet::http {

// The proxies that are believed when they say for whom they ask.
using TrustedProxies = std::vector<IpNetwork>;

bool is_trusted(const TrustedProxies& proxies, const IpAddress& address);

// Returns the address of the client who asks through `peer`, the other end of the connection. Each
// proxy adds the address of its own peer at the right of X-Forwarded-For, or of Forwarded (RFC
// 7239), which counts only where there is no X-Forwarded-For. So they are followed from the right
// for as long as a trusted proxy speaks, and what a client has written stands to the left of where
// that ends. The lines of a header are one list.
// Where a trusted proxy says something that is no address ("unknown", an obfuscated name, anything
// odd), nobody knows more than that it came through that proxy, so the address of that proxy is
// returned: a client who could choose it freely would gain more. It is returned, too, where a proxy
// says nothing, and after 32 steps.
// The names of `headers` are in lower case. Takes time linear in their size. Thread-safe.
IpAddress client_address(const IpAddress& peer, std::span<const Header> headers,
                         const TrustedProxies& proxies);

}  // namespace signet::http
