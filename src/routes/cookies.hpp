#pragma once

#include "http/message.hpp"
#include "routes/context.hpp"

#include <signet/domain/session.hpp>
#include <signet/service/sign_in.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signet::routes {

// The prefix __Host- makes a browser take a cookie over TLS only, for this host only (RFC 6265bis,
// section 4.1.3.2). The access cookie holds the bare token, because that is how Hasura reads one.
inline constexpr std::string_view kAccessCookie = "__Host-signet-access";
inline constexpr std::string_view kRefreshCookie = "__Host-signet-refresh";

// One cookie of a Cookie header.
struct Cookie {
    std::string value;      // of the only one of this name; else empty
    std::size_t count = 0;  // how many have the name
};
Cookie read_cookie(std::optional<std::string_view> header, std::string_view name);

// Sets both cookies where cookies are on. False when the access token is larger than browsers take:
// then the browser forgets the one it has, and only the refresh cookie is set.
bool give_cookies(const SignedIn& signed_in, const SessionPolicy& sessions,
                  const BrowserPolicy& browsers, http::Response& response);

// Makes the browser forget both, where cookies are on.
void take_cookies_back(const BrowserPolicy& browsers, http::Response& response);

// Whether web pages of this origin may call, byte for byte.
bool is_listed(std::string_view origin, const BrowserPolicy& browsers);

// Whether a call that changes something may come from where it says it comes from. True for every
// call while cookies are off, and for one without Origin that carries none of our cookies, since a
// browser would have sent either.
bool origin_may_call(const http::Request& request, const BrowserPolicy& browsers);

}  // namespace signet::routes
