#include "routes/try_page.hpp"

#include "routes/handlers.hpp"
#include "routes/html.hpp"
#include "routes/try_text.hpp"

#include <span>
#include <utility>

// The page /try: what an application does with this service, for people. It is in English, as the
// answers are that it shows.
namespace signet::routes {
namespace {

// What the documents call the role where no setting does.
constexpr std::string_view kUsualAnonymousRole = "anonymous";

std::string fill(std::string_view text,
                 std::span<const std::pair<std::string_view, std::string>> values) {
    std::string filled(text);
    for (const auto& [name, value] : values) {
        const std::string mark = "{{" + std::string(name) + "}}";
        filled.replace(filled.find(mark), mark.size(), escape_html(value));
    }
    return filled;
}

}  // namespace

std::shared_ptr<const http::CachedResponse> make_try_page(const TrySettings& settings) {
    const std::string role(settings.anonymous_role);
    const std::pair<std::string_view, std::string> values[] = {
        {"cookies", settings.cookies ? "on" : "off"},
        {"jwt_secret", settings.jwt_secret},
        {"unauthorized_role", role.empty() ? std::string(kUsualAnonymousRole) : role},
        {"auth_hook", settings.auth_hook},
        {"webhook_without_token",
         role.empty() ? "Who has no token is refused, since AUTH_ANONYMOUS_ROLE is not set."
                      : "Who has no token gets the role " + role + ", by AUTH_ANONYMOUS_ROLE."}};
    return http::CachedResponse::make(page_reply({.language = "en",
                                                  .title = "Try Signet",
                                                  .content = fill(kTryContent, values),
                                                  .script = kTryScript,
                                                  .style = kTryStyle,
                                                  .calls_here = true}));
}

http::Response get_try(const http::Request&, const TryContext& context) {
    http::Response response;
    response.cached = context.page;
    return response;
}

}  // namespace signet::routes
