#pragma once

#include "base/cookie_names.hpp"
#include "http/message.hpp"

#include <signet/domain/session.hpp>
#include <signet/result.hpp>
#include <signet/service/authorize.hpp>
#include <signet/service/sign_in.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::routes {

// What browsers may do. Immutable while the service runs.
struct BrowserPolicy {
    bool cookies = false;
    std::string same_site = "Lax";     // Lax, Strict or None
    std::vector<std::string> origins;  // https://host[:port], whose pages may call; our own too
    bool try_page = false;             // whether there is a page to try the service
};

// The cookies of one name in a Cookie header.
struct Cookie {
    std::string value;  // empty unless there is exactly one
    std::size_t count = 0;
};
Cookie read_cookie(std::optional<std::string_view> header, std::string_view name);

// Sets both cookies if cookies are on. Returns false if the access token is larger than browsers
// take: then the browser is told to forget the one that it has, and only the refresh cookie is set.
bool set_cookies(const SignedIn& signed_in, const SessionPolicy& sessions,
                 const BrowserPolicy& browsers, http::Response& response);

// Makes the browser forget both if cookies are on.
void clear_cookies(const BrowserPolicy& browsers, http::Response& response);

// Returns whether web pages of this origin may call. Origins are compared byte for byte.
bool is_listed(std::string_view origin, const BrowserPolicy& browsers);

// Returns whether a call that changes something may come from where it says it comes from: always
// while cookies are off, and for a call without Origin and without our cookies, because a browser
// would have sent one of them.
bool origin_may_call(const http::Request& request, const BrowserPolicy& browsers);

// Returns whether a form of ours may have come from where it says it comes from. A browser says so
// in Sec-Fetch-Site, where it knows that header; in Origin it says `null`, because our pages tell
// nobody where they are.
bool form_may_come(const http::Request& request, const BrowserPolicy& browsers);

// An access token, and whether a browser has sent it without being asked.
struct SentToken {
    Credentials credentials;
    bool by_cookie = false;
};

// Returns the access token that stands in a header Authorization, or else in the access cookie,
// where cookies are on. Two cookies of that name are malformed credentials.
SentToken find_access_token(std::optional<std::string_view> authorization,
                            std::optional<std::string_view> cookies, const BrowserPolicy& browsers);

// Returns the access token that a request of a user carries (find_access_token). The error is
// origin_not_allowed (see origin_refused) if it is a cookie and a page of another origin may have
// sent the request. A page of the own origin reads without Origin, and so do servers that pass the
// cookie on.
Result<Credentials> read_access_token(const http::Request& request, const BrowserPolicy& browsers);

// The refusal of a request whose page may not send it: origin_not_allowed, with the reason
// for the log.
Error origin_refused(const http::Request& request);

}  // namespace signet::routes
