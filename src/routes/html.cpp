#include "routes/html.hpp"

#include "base/base64url.hpp"
#include "base/sha256.hpp"

#include <utility>

namespace signet::routes {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --page: #f2f3f5; --card: #ffffff; --text: #1f2328;
  --quiet: #59636e; --line: #848d97; --main: #1f5fbf; --on-main: #ffffff; --problem: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181d; --card: #22252b; --text: #e8eaed;
    --quiet: #a9b0ba; --line: #7d8590; --main: #8ab4f8; --on-main: #16181d; --problem: #ffb4ab; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem .75rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
  overflow-wrap: anywhere; }
main { max-width: 28rem; margin: 0 auto; padding: 1.75rem 1.5rem; border-radius: .625rem;
  background: var(--card); }
h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
input, button { width: 100%; min-height: 2.75rem; border-radius: .375rem; font: inherit; }
input { margin: 0 0 1rem; padding: .5rem .75rem; border: 1px solid var(--line);
  background: transparent; color: inherit; }
input[aria-invalid] { border-color: var(--problem); }
button { margin: .25rem 0 0; padding: .5rem 1rem; border: 1px solid transparent;
  background: var(--main); color: var(--on-main); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
a { color: var(--main); }
.button { display: block; padding: .625rem 1rem; border-radius: .375rem; background: var(--main);
  color: var(--on-main); font-weight: 600; text-align: center; text-decoration: none; }
.account { font-weight: 600; }
.hint { margin-top: -.75rem; color: var(--quiet); font-size: .875rem; }
.problem { margin-top: -.75rem; color: var(--problem); }
)";

// The form may lead to another origin, by a 303, and Chromium holds form-action against every step
// of the way. So it has no form-action; what is in the page is ours alone.
std::string content_security_policy(std::string_view style, const Page& page) {
    const auto only = [](std::string_view text) {
        return "'sha256-" + base64_encode(sha256(text)) + "';";
    };
    return "default-src 'none'; style-src " + only(style) +
           (page.script.empty() ? "" : " script-src " + only(page.script)) +
           (page.calls_here ? " connect-src 'self'; form-action 'none';" : "") +
           " base-uri 'none'; frame-ancestors 'none'";
}

void add_private_headers(http::Response& response) {
    response.headers.push_back({"Cache-Control", "no-store"});
    // The address of the page has the ticket.
    response.headers.push_back({"Referrer-Policy", "no-referrer"});
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

http::Response page_reply(const Page& page) {
    const std::string style = std::string(kStyle).append(page.style);
    http::Response response;
    response.status = page.status;
    response.content_type = "text/html; charset=utf-8";
    response.headers.push_back({"Content-Security-Policy", content_security_policy(style, page)});
    response.headers.push_back({"X-Robots-Tag", "noindex"});
    add_private_headers(response);
    response.body.append("<!doctype html>\n<html lang=\"")
        .append(page.language)
        .append(
            "\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        .append(escape_html(page.title))
        .append("</title>\n<style>")
        .append(style)
        .append("</style>\n</head>\n<body>\n<main>\n")
        .append(page.content)
        .append("</main>\n");
    if (!page.script.empty()) {
        response.body.append("<script>").append(page.script).append("</script>\n");
    }
    response.body.append("</body>\n</html>\n");
    return response;
}

http::Response see_other(std::string location) {
    http::Response response;
    response.status = 303;
    response.headers.push_back({"Location", std::move(location)});
    add_private_headers(response);
    return response;
}

}  // namespace signet::routes
