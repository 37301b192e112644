#include "routes/table.hpp"

#include "routes/handlers.hpp"

#include <array>

namespace signet::routes {
namespace {

using http::Method;

constexpr std::array kTable{
    Row{Method::post, "/signup", "signup", kJsonBodyBytesMax, &post_signup},
    Row{Method::post, "/login", "login", kJsonBodyBytesMax, &post_login},
    Row{Method::post, "/refresh", "refresh", kJsonBodyBytesMax, &post_refresh},
    Row{Method::post, "/logout", "logout", kJsonBodyBytesMax, &post_logout},
    Row{Method::get, "/me", "me", 0, &get_me},
    Row{Method::post, "/password", "changePassword", kJsonBodyBytesMax, &post_password},
    Row{Method::get, "/sessions", "sessions", 0, &get_sessions},
    Row{Method::delete_, "/sessions/{id}", "endSession", 0, &delete_session},
    Row{Method::get, "/jwks", "jwks", 0, &get_jwks},
    Row{Method::get, "/.well-known/jwks.json", "jwksWellKnown", 0, &get_jwks},
    Row{Method::get, "/.well-known/openid-configuration", "discovery", 0, &get_discovery},
    Row{Method::get, "/webhook", "webhookGet", 0, &get_webhook},
    Row{Method::post, "/webhook", "webhookPost", kWebhookBodyBytesMax, &post_webhook, true},
    Row{Method::get, "/livez", "liveness", 0, &get_livez},
    Row{Method::get, "/readyz", "readiness", 0, &get_readyz},
};

}  // namespace

std::span<const Row> table() {
    return kTable;
}

}  // namespace signet::routes
