#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

inline constexpr std::size_t kRedirectBytesMax = 2048;

// Where a link of a mail may lead in the end.
struct RedirectPolicy {
    std::string client_url;            // where it leads if nobody asked for another place
    std::vector<std::string> allowed;  // an origin, or an origin with a path
};

// Returns whether `url` is an absolute http, https or custom-scheme URL that begins with the client
// URL's origin, or with an entry: an entry without a path allows its origin, one with a path that
// path on segment borders. Origins are compared without regard to case and to default ports. A URL
// with userinfo, a backslash, white space, a control or non-ASCII character, or with a dot segment,
// encoded or not, is never allowed.
bool may_redirect(std::string_view url, const RedirectPolicy& policy);

}  // namespace signet
