#include "routes/browsers.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace signet::routes {
namespace {

// Browsers take cookies of at least 4096 bytes, name and attributes included (RFC 6265
// section 6.1).
constexpr std::size_t kCookieBytesMax = 4000;

std::string write_cookie(std::string_view name, std::string_view value, std::int64_t max_age_s,
                         const BrowserPolicy& browsers) {
    std::string out(name);
    out.append("=").append(value);
    out += "; Max-Age=" + std::to_string(max_age_s);
    out += "; Path=/; Secure; HttpOnly; SameSite=" + browsers.same_site;
    return out;
}

// Skips what separates two pairs. The value is left as it is, so that a token has only one form
// here too; the HTTP parser has removed spaces at the end of the header.
std::string_view skip_spaces(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text;
}

// Returns whether the page that sent the request, if one did, may read the answer. Browsers leave
// Origin out where a page reads from its own origin, and say so in Sec-Fetch-Site (Fetch Metadata,
// https://www.w3.org/TR/fetch-metadata/).
bool page_may_read(const http::Request& request, const BrowserPolicy& browsers) {
    if (const auto origin = request.header("origin")) {
        return is_listed(*origin, browsers);
    }
    const std::string_view site = request.header("sec-fetch-site").value_or("none");
    return site == "none" || site == "same-origin";
}

}  // namespace

Cookie read_cookie(std::optional<std::string_view> header, std::string_view name) {
    Cookie cookie;
    std::string_view rest = header.value_or("");
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = skip_spaces(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != name) {
            continue;
        }
        ++cookie.count;
        cookie.value = cookie.count == 1 ? std::string(pair.substr(equals + 1)) : "";
    }
    return cookie;
}

// The access cookie comes first, because Hasura v3 looks only at the first cookie that it is sent.
bool set_cookies(const SignedIn& signed_in, const SessionPolicy& sessions,
                 const BrowserPolicy& browsers, http::Response& response) {
    if (!browsers.cookies) {
        return true;
    }
    std::string access =
        write_cookie(kAccessCookie, signed_in.token, signed_in.expires_in_s, browsers);
    const bool fits = access.size() <= kCookieBytesMax;
    if (!fits) {
        access =
            write_cookie(kAccessCookie, "", 0, browsers);  // an older one could have other roles
    }
    response.headers.push_back({"Set-Cookie", std::move(access)});
    response.headers.push_back({"Set-Cookie", write_cookie(kRefreshCookie, signed_in.refresh_token,
                                                           sessions.idle_s, browsers)});
    return fits;
}

void clear_cookies(const BrowserPolicy& browsers, http::Response& response) {
    if (!browsers.cookies) {
        return;
    }
    for (const std::string_view name : {kAccessCookie, kRefreshCookie}) {
        response.headers.push_back({"Set-Cookie", write_cookie(name, "", 0, browsers)});
    }
}

bool is_listed(std::string_view origin, const BrowserPolicy& browsers) {
    return std::ranges::find(browsers.origins, origin) != browsers.origins.end();
}

bool origin_may_call(const http::Request& request, const BrowserPolicy& browsers) {
    if (!browsers.cookies) {
        return true;
    }
    if (const auto origin = request.header("origin")) {
        return is_listed(*origin, browsers);
    }
    const auto cookies = request.header("cookie");
    return read_cookie(cookies, kAccessCookie).count == 0 &&
           read_cookie(cookies, kRefreshCookie).count == 0;
}

bool form_may_come(const http::Request& request, const BrowserPolicy& browsers) {
    if (const auto site = request.header("sec-fetch-site")) {
        return *site == "same-origin" || *site == "none";
    }
    const auto origin = request.header("origin");
    return !origin || *origin == "null" || is_listed(*origin, browsers);
}

SentToken find_access_token(std::optional<std::string_view> authorization,
                            std::optional<std::string_view> cookies,
                            const BrowserPolicy& browsers) {
    Credentials credentials = read_authorization(authorization);
    if (credentials.kind != Credentials::Kind::none || !browsers.cookies) {
        return {std::move(credentials), false};
    }
    Cookie cookie = read_cookie(cookies, kAccessCookie);
    if (cookie.count == 0) {
        return {};
    }
    return {cookie.count == 1 ? Credentials{Credentials::Kind::bearer, std::move(cookie.value)}
                              : Credentials{Credentials::Kind::malformed, {}},
            true};
}

Result<Credentials> read_access_token(const http::Request& request, const BrowserPolicy& browsers) {
    SentToken token =
        find_access_token(request.header("authorization"), request.header("cookie"), browsers);
    if (token.by_cookie && !page_may_read(request, browsers)) {
        return origin_refused(request);
    }
    return std::move(token.credentials);
}

Error origin_refused(const http::Request& request) {
    const auto origin = request.header("origin");
    return {Errc::origin_not_allowed, origin ? "the header Origin names a page that is not listed"
                                             : "a cookie came without the header Origin"};
}

}  // namespace signet::routes
