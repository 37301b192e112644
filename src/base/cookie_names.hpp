#pragma once

#include <string_view>

namespace signet {

// The prefix __Host- makes a browser take a cookie over TLS only, for this host only (RFC 6265bis,
// section 4.1.3.2). The access cookie holds the bare token, because that is how Hasura reads one.
inline constexpr std::string_view kAccessCookie = "__Host-signet-access";
inline constexpr std::string_view kRefreshCookie = "__Host-signet-refresh";

}  // namespace signet
