#include "routes/table.hpp"

#include "routes/handlers.hpp"

#include <algorithm>
#include <array>

namespace signet::routes {
namespace {

using http::Method;

// Hasura's webhook call carries the whole GraphQL request. This is the default of the setting.
constexpr std::size_t kWebhookBodyBytesMax = std::size_t{16} * 1024 * 1024;

template <auto handler>
constexpr auto call = &InContexts<handler>::call;

constexpr std::array kTable{
    Row{.method = Method::post,
        .path = "/signup",
        .operation_id = "signup",
        .summary = "Creates an account and signs it in.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kSignupRequest},
        .response = {kSignedInAnswer},
        .handler = call<&post_signup>},
    Row{.method = Method::post,
        .path = "/login",
        .operation_id = "login",
        .summary = "Opens a session for a username or an e-mail address with its password.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kLoginRequest},
        .response = {kSignedInAnswer},
        .handler = call<&post_login>},
    Row{.method = Method::post,
        .path = "/refresh",
        .operation_id = "refresh",
        .summary = "Exchanges a refresh token for an access token and the next refresh token.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .body_bytes_max = kJsonBodyBytesMax,
        .body_optional = true,
        .request = {kRefreshRequest},
        .response = {kSignedInAnswer},
        .handler = call<&post_refresh>},
    Row{.method = Method::post,
        .path = "/logout",
        .operation_id = "logout",
        .summary = "Ends the session of a refresh token, or all sessions of its user.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .body_bytes_max = kJsonBodyBytesMax,
        .body_optional = true,
        .request = {kLogoutRequest},
        .handler = call<&post_logout>},
    Row{.method = Method::get,
        .path = "/me",
        .operation_id = "me",
        .summary = "Returns the caller's account with its roles of now.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .response = {kAccountAnswer},
        .handler = call<&get_me>},
    Row{.method = Method::post,
        .path = "/password",
        .operation_id = "changePassword",
        .summary = "Changes the caller's password and ends the caller's other sessions.",
        .lane = Lane::crypto,
        .caller = CallerKind::bearer,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kPasswordRequest},
        .handler = call<&post_password>},
    Row{.method = Method::get,
        .path = "/sessions",
        .operation_id = "sessions",
        .summary = "Lists the caller's sessions.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .response = {kSessionAnswer, Schema::Form::array},
        .handler = call<&get_sessions>},
    Row{.method = Method::delete_,
        .path = "/sessions/{id}",
        .operation_id = "endSession",
        .summary = "Ends one of the caller's sessions.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .handler = call<&delete_session>},
    Row{.method = Method::get,
        .path = "/jwks",
        .operation_id = "jwks",
        .summary = "Returns the public keys that access tokens are verified with.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kJwksAnswer},
        .handler = call<&get_jwks>},
    Row{.method = Method::get,
        .path = "/.well-known/jwks.json",
        .operation_id = "jwksWellKnown",
        .summary = "Returns the same keys at the path that OpenID Connect libraries expect.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kJwksAnswer},
        .handler = call<&get_jwks>},
    Row{.method = Method::get,
        .path = "/.well-known/openid-configuration",
        .operation_id = "discovery",
        .summary = "Returns the issuer, the address of its keys, and their algorithms.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kDiscoveryAnswer},
        .handler = call<&get_discovery>},
    Row{.method = Method::get,
        .path = "/webhook",
        .operation_id = "webhookGet",
        .summary = "Tells Hasura who a client is, by the headers of the client's request.",
        .lane = Lane::io_then_data,
        .caller = CallerKind::hasura,
        .response = {kWebhookAnswer, Schema::Form::open_object},
        .handler = call<&get_webhook>},
    Row{.method = Method::post,
        .path = "/webhook",
        .operation_id = "webhookPost",
        .summary = "Tells Hasura who a client is, by the client's headers in the body.",
        .lane = Lane::io_then_data,
        .caller = CallerKind::hasura,
        .body_bytes_max = kWebhookBodyBytesMax,
        .kept_member = kWebhookRequest[0].name,
        .request = {kWebhookRequest, Schema::Form::open_object},
        .response = {kWebhookAnswer, Schema::Form::open_object},
        .handler = call<&post_webhook>},
    Row{.method = Method::get,
        .path = "/livez",
        .operation_id = "liveness",
        .summary = "Answers while the process runs.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kLivenessAnswer},
        .handler = call<&get_livez>},
    Row{.method = Method::get,
        .path = "/readyz",
        .operation_id = "readiness",
        .summary = "Says whether the service can do its work, and what is missing.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kReadinessAnswer},
        .handler = call<&get_readyz>},
};

static_assert(std::ranges::all_of(kTable, [](const Row& row) {
    return static_cast<std::size_t>(row.lane) == row.handler.index();
}));

}  // namespace

std::span<const Row> table() {
    return kTable;
}

}  // namespace signet::routes
