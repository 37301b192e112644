#pragma once

#include "base/address_limit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// Functions that read the text of a setting. Each reads the whole text or returns nothing.

inline constexpr std::int64_t kDurationMaxS = 3650LL * 24 * 3600;

// on, true, yes, 1; off, false, no, 0; in letters of either case.
std::optional<bool> read_switch(std::string_view text);

// Decimal digits only, no sign, no blank, within the range.
std::optional<std::int64_t> read_number(std::string_view text, std::int64_t min, std::int64_t max);

// Bytes (`1048576`), or a number and KiB or MiB (`16MiB`), within the range, which is in bytes.
std::optional<std::int64_t> read_bytes(std::string_view text, std::int64_t min, std::int64_t max);

// Seconds (`900`), or a number and one of s, m, h, d. From 1 s to kDurationMaxS.
std::optional<std::int64_t> read_duration_s(std::string_view text);

// Bytes in base64 (RFC 4648 section 4) or base64url, with padding or without; blanks around it are
// left out. Whoever takes it wipes it.
std::optional<std::string> read_base64(std::string_view text);

// COUNT/DURATION, at most kRateLimitsMax of them with commas between, or off, which is none.
std::optional<std::vector<RateLimit>> read_rate_limits(std::string_view text);

// A PEM text. `\n` written as two characters becomes a line break, because many places that hold
// environment variables take one line only.
std::optional<std::string> read_pem(std::string_view text);

// An IPv4 or IPv6 address, without brackets and zone.
bool is_ip_address(std::string_view text);

// What Hasura takes as iss, sub or aud: any text without ':', else a full URI (RFC 3986). Hasura
// refuses the whole token otherwise. Control characters and bad UTF-8 are refused too.
bool is_string_or_uri(std::string_view text);

// The same, where it is a URL of the web.
bool is_http_url(std::string_view text);

// An origin as a browser sends it (RFC 6454 section 6.2): a scheme, of the web or of an app, a host
// in lower case, and a port where it is not the scheme's own. Neither "null" nor "*".
bool is_origin(std::string_view text);

// The origin of a URI that has a host; nothing for another text.
std::optional<std::string> origin_of(std::string_view uri);

// The origin that somebody meant who wrote `text`, such as a URL or a host without a scheme;
// nothing if there is no telling.
std::optional<std::string> guess_origin(std::string_view text);

// The network that somebody meant who wrote `text`, with brackets, a port or bits behind the
// prefix; nothing if there is no telling.
std::optional<std::string> guess_network(std::string_view text);

// The name of an HTTP header (RFC 9110 section 5.6.2) of at most 64 characters, and not "*", which
// is no wildcard where credentials are sent.
bool is_header_name(std::string_view text);

}  // namespace signet::config
