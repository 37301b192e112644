#include "routes/table.hpp"

#include "routes/actions.hpp"
#include "routes/graphql.hpp"
#include "routes/handlers.hpp"

#include <algorithm>
#include <array>

namespace signet::routes {
namespace {

using http::Method;

// Hasura's webhook call carries the whole GraphQL request. This is the default of the setting.
constexpr std::size_t kWebhookBodyBytesMax = std::size_t{16} * 1024 * 1024;

// The longest password of four bytes a character, each of which takes three in a form, fits.
constexpr std::size_t kFormBodyBytesMax = std::size_t{16} * 1024;

template <auto handler>
constexpr auto call = &InContexts<handler>::call;

constexpr FurtherAnswer kVerificationIsSent{
    202,
    {kAcceptedAnswer, Schema::Form::object, "Accepted"},
    "With AUTH_EMAIL_VERIFICATION=required, whether or not the names are free: the mail says so."};
constexpr FurtherAnswer kIsUnready{503,
                                   {kReadinessAnswer, Schema::Form::object, "Readiness"},
                                   "Something is missing; the answer says what."};

// What may be refused where tokens are made.
constexpr std::array kSigningErrors{Errc::no_role,         Errc::claims_failed,
                                    Errc::no_signing_key,  Errc::key_unusable,
                                    Errc::token_too_large, Errc::session_key_unavailable};
template <std::size_t n>
constexpr auto signing_and(const Errc (&further)[n]) {
    std::array<Errc, kSigningErrors.size() + n> all{};
    std::ranges::copy(further, std::ranges::copy(kSigningErrors, all.begin()).out);
    return all;
}
constexpr auto kSignupErrors =
    signing_and({Errc::signup_closed, Errc::username_taken, Errc::email_taken,
                 Errc::invalid_credentials, Errc::outbox_full});
constexpr auto kLoginErrors =
    signing_and({Errc::invalid_credentials, Errc::email_not_verified, Errc::too_many_attempts});
constexpr auto kRefreshErrors = signing_and({Errc::invalid_refresh_token});
constexpr auto kSignInErrors = signing_and({Errc::invalid_credentials});
constexpr auto kLoginByCodeErrors =
    signing_and({Errc::invalid_credentials, Errc::too_many_attempts});
constexpr auto kInvitationErrors = signing_and({Errc::invalid_ticket, Errc::username_taken});
constexpr std::array kLogoutErrors{Errc::invalid_refresh_token, Errc::session_key_unavailable};
constexpr std::array kNameErrors{Errc::username_taken};
constexpr std::array kConfirmErrors{Errc::wrong_current_password, Errc::too_many_attempts};
constexpr std::array kDeletionErrors{Errc::wrong_current_password, Errc::too_many_attempts,
                                     Errc::account_in_use};
constexpr std::array kEmailChangeErrors{Errc::wrong_current_password, Errc::too_many_attempts,
                                        Errc::outbox_full, Errc::session_key_unavailable};
constexpr std::array kSessionErrors{Errc::session_not_found};
constexpr std::array kOutboxErrors{Errc::outbox_full, Errc::session_key_unavailable};
constexpr std::array kTicketErrors{Errc::invalid_ticket, Errc::session_key_unavailable};
constexpr std::array kVerifyErrors{Errc::invalid_ticket, Errc::email_taken,
                                   Errc::session_key_unavailable};
constexpr std::array kKeyErrors{Errc::no_signing_key};
constexpr std::array kWebhookErrors{Errc::role_not_allowed, Errc::no_role, Errc::claims_failed,
                                    Errc::no_signing_key};

constexpr std::array kRoutes{
    Row{.method = Method::post,
        .path = "/signup",
        .operation_id = "signup",
        .topic = Topic::sign_in,
        .summary =
            "Creates an account with a username, an e-mail address or both, and signs it in.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .limit = CallLimit::signups,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kSignupRequest, Schema::Form::object, "SignupRequest"},
        .response = {kSignedInAnswer, Schema::Form::object, "SignedIn"},
        .further = kVerificationIsSent,
        .errors = kSignupErrors,
        .handler = call<&post_signup>},
    Row{.method = Method::post,
        .path = "/login",
        .operation_id = "login",
        .topic = Topic::sign_in,
        .summary = "Opens a session for a username or an e-mail address with its password.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .account = call<&name_at_login>,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kLoginRequest, Schema::Form::object, "LoginRequest"},
        .response = {kSignedInAnswer, Schema::Form::object, "SignedIn"},
        .errors = kLoginErrors,
        .handler = call<&post_login>},
    Row{.method = Method::post,
        .path = "/refresh",
        .operation_id = "refresh",
        .topic = Topic::sign_in,
        .summary = "Exchanges a refresh token for an access token and the next refresh token.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .body_bytes_max = kJsonBodyBytesMax,
        .body_optional = true,
        .request = {kRefreshRequest, Schema::Form::object, "RefreshRequest"},
        .response = {kSignedInAnswer, Schema::Form::object, "SignedIn"},
        .errors = kRefreshErrors,
        .handler = call<&post_refresh>},
    Row{.method = Method::post,
        .path = "/logout",
        .operation_id = "logout",
        .topic = Topic::sign_in,
        .summary = "Ends the session of a refresh token, or all sessions of its user.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .body_bytes_max = kJsonBodyBytesMax,
        .body_optional = true,
        .request = {kLogoutRequest, Schema::Form::object, "LogoutRequest"},
        .errors = kLogoutErrors,
        .handler = call<&post_logout>},
    Row{.method = Method::get,
        .path = "/me",
        .operation_id = "me",
        .topic = Topic::account,
        .summary = "Returns the caller's account with its roles of now.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .response = {kAccountAnswer, Schema::Form::object, "Account"},
        .handler = call<&get_me>},
    Row{.method = Method::patch,
        .path = "/me",
        .operation_id = "changeMe",
        .topic = Topic::account,
        .summary = "Changes the caller's username or metadata.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kAccountRequest, Schema::Form::object, "AccountRequest"},
        .response = {kAccountAnswer, Schema::Form::object, "Account"},
        .errors = kNameErrors,
        .handler = call<&patch_me>},
    Row{.method = Method::delete_,
        .path = "/me",
        .operation_id = "deleteMe",
        .topic = Topic::account,
        .summary = "Deletes the caller's account with everything that is its own.",
        .lane = Lane::crypto,
        .caller = CallerKind::bearer,
        .account = call<&user_of_token>,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kDeletionRequest, Schema::Form::object, "DeletionRequest"},
        .errors = kDeletionErrors,
        .handler = call<&delete_me>},
    Row{.method = Method::post,
        .path = "/password",
        .operation_id = "changePassword",
        .topic = Topic::account,
        .summary = "Changes the caller's password and ends the caller's other sessions.",
        .lane = Lane::crypto,
        .caller = CallerKind::bearer,
        .account = call<&user_of_token>,
        .body_bytes_max = kJsonBodyBytesMax,
        .request = {kPasswordRequest, Schema::Form::object, "PasswordRequest"},
        .errors = kConfirmErrors,
        .handler = call<&post_password>},
    Row{.method = Method::get,
        .path = "/sessions",
        .operation_id = "sessions",
        .topic = Topic::account,
        .summary = "Lists the caller's sessions.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .response = {kSessionAnswer, Schema::Form::array, "Session"},
        .handler = call<&get_sessions>},
    Row{.method = Method::delete_,
        .path = "/sessions/{id}",
        .operation_id = "endSession",
        .topic = Topic::account,
        .summary = "Ends one of the caller's sessions.",
        .lane = Lane::data,
        .caller = CallerKind::bearer,
        .errors = kSessionErrors,
        .handler = call<&delete_session>},
    Row{.method = Method::post,
        .path = "/email/verification",
        .operation_id = "askForVerification",
        .topic = Topic::mail,
        .summary = "Sends a link that proves an address, if it is somebody's.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kMailRequest, Schema::Form::object, "MailRequest"},
        .errors = kOutboxErrors,
        .handler = call<&post_email_verification>},
    Row{.method = Method::post,
        .path = "/email/verify",
        .operation_id = "verifyEmail",
        .topic = Topic::mail,
        .summary = "Proves or changes an address with a ticket.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kTicketRequest, Schema::Form::object, "TicketRequest"},
        .response = {kVerifiedAnswer, Schema::Form::object, "Verified"},
        .errors = kVerifyErrors,
        .handler = call<&post_email_verify>},
    Row{.method = Method::post,
        .path = "/email/change",
        .operation_id = "changeEmail",
        .topic = Topic::mail,
        .summary = "Sends a link that gives the caller another address.",
        .lane = Lane::crypto,
        .caller = CallerKind::bearer,
        .account = call<&user_of_token>,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kEmailChangeRequest, Schema::Form::object, "EmailChangeRequest"},
        .errors = kEmailChangeErrors,
        .handler = call<&post_email_change>},
    Row{.method = Method::post,
        .path = "/password/reset-request",
        .operation_id = "askForReset",
        .topic = Topic::mail,
        .summary = "Sends a link to choose a new password, if the name is somebody's.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kResetRequest, Schema::Form::object, "ResetRequest"},
        .errors = kOutboxErrors,
        .handler = call<&post_reset_request>},
    Row{.method = Method::post,
        .path = "/password/reset",
        .operation_id = "resetPassword",
        .topic = Topic::mail,
        .summary = "Sets a new password with a ticket and ends every session.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kResetByTicketRequest, Schema::Form::object, "ResetByTicketRequest"},
        .errors = kTicketErrors,
        .handler = call<&post_password_reset>},
    Row{.method = Method::post,
        .path = "/login/link",
        .operation_id = "askForLink",
        .topic = Topic::mail,
        .summary = "Sends a link to sign in with, if the address is somebody's.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kMailRequest, Schema::Form::object, "MailRequest"},
        .errors = kOutboxErrors,
        .handler = call<&post_login_link>},
    Row{.method = Method::post,
        .path = "/login/code",
        .operation_id = "askForCode",
        .topic = Topic::mail,
        .summary = "Sends a code to sign in with, if the address is somebody's.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kMailRequest, Schema::Form::object, "MailRequest"},
        .errors = kOutboxErrors,
        .handler = call<&post_login_code>},
    Row{.method = Method::post,
        .path = "/login/ticket",
        .operation_id = "loginByTicket",
        .topic = Topic::mail,
        .summary = "Opens a session for a ticket of a sign-in link.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kTicketRequest, Schema::Form::object, "TicketRequest"},
        .response = {kSignedInAnswer, Schema::Form::object, "SignedIn"},
        .errors = kSignInErrors,
        .handler = call<&post_login_ticket>},
    Row{.method = Method::post,
        .path = "/login/code/verify",
        .operation_id = "loginByCode",
        .topic = Topic::mail,
        .summary = "Opens a session for an address with the code that was sent to it.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kCodeRequest, Schema::Form::object, "CodeRequest"},
        .response = {kSignedInAnswer, Schema::Form::object, "SignedIn"},
        .errors = kLoginByCodeErrors,
        .handler = call<&post_login_code_verify>},
    Row{.method = Method::post,
        .path = "/invitation/accept",
        .operation_id = "acceptInvitation",
        .topic = Topic::mail,
        .summary = "Sets the password of an invited user and opens a session.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .body_bytes_max = kJsonBodyBytesMax,
        .by_mail = true,
        .request = {kInvitationRequest, Schema::Form::object, "InvitationRequest"},
        .response = {kSignedInAnswer, Schema::Form::object, "SignedIn"},
        .errors = kInvitationErrors,
        .handler = call<&post_invitation_accept>},
    Row{.method = Method::get,
        .path = "/",
        .operation_id = "home",
        .topic = Topic::pages,
        .summary = "Says what this is and where to look, to a browser with a page.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .page_too = true,
        .response = {kHomeAnswer, Schema::Form::object, "Home"},
        .handler = call<&get_home>},
    Row{.method = Method::get,
        .path = "/verify",
        .operation_id = "verifyPage",
        .topic = Topic::pages,
        .summary = "Shows what the link of a mail is for, and a form that does it.",
        .lane = Lane::data,
        .caller = CallerKind::anybody,
        .page = true,
        .by_mail = true,
        .query = kLinkQuery,
        .handler = call<&get_verify>},
    Row{.method = Method::post,
        .path = "/verify",
        .operation_id = "verifyForm",
        .topic = Topic::pages,
        .summary = "Does what the link of a mail is for, and leads on.",
        .lane = Lane::crypto,
        .caller = CallerKind::anybody,
        .limit = CallLimit::logins,
        .page = true,
        .body_bytes_max = kFormBodyBytesMax,
        .by_mail = true,
        .request = {kLinkForm, Schema::Form::object, "LinkForm"},
        .further = {303, {}, "Leads to where the link was to lead in the end."},
        .handler = call<&post_verify>},
    Row{.method = Method::get,
        .path = "/jwks",
        .operation_id = "jwks",
        .topic = Topic::keys,
        .summary = "Returns the public keys that access tokens are verified with.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .hot = true,
        .response = {kJwksAnswer, Schema::Form::object, "Jwks"},
        .errors = kKeyErrors,
        .handler = call<&get_jwks>},
    Row{.method = Method::get,
        .path = "/.well-known/jwks.json",
        .operation_id = "jwksWellKnown",
        .topic = Topic::keys,
        .summary = "Returns the same keys at the path that OpenID Connect libraries expect.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .hot = true,
        .response = {kJwksAnswer, Schema::Form::object, "Jwks"},
        .errors = kKeyErrors,
        .handler = call<&get_jwks>},
    Row{.method = Method::get,
        .path = "/.well-known/openid-configuration",
        .operation_id = "discovery",
        .topic = Topic::keys,
        .summary = "Returns the issuer, the address of its keys, and their algorithms.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kDiscoveryAnswer, Schema::Form::object, "Discovery"},
        .errors = kKeyErrors,
        .handler = call<&get_discovery>},
    Row{.method = Method::get,
        .path = "/webhook",
        .operation_id = "webhookGet",
        .topic = Topic::hasura,
        .summary = "Tells Hasura who a client is, by the headers of the client's request.",
        .lane = Lane::io_then_data,
        .caller = CallerKind::hasura,
        .hot = true,
        .headers = kWebhookHeaders,
        .response = {kWebhookAnswer, Schema::Form::open_object, "Webhook"},
        .errors = kWebhookErrors,
        .handler = call<&get_webhook>},
    Row{.method = Method::post,
        .path = "/webhook",
        .operation_id = "webhookPost",
        .topic = Topic::hasura,
        .summary = "Tells Hasura who a client is, by the client's headers in the body.",
        .lane = Lane::io_then_data,
        .caller = CallerKind::hasura,
        .body_bytes_max = kWebhookBodyBytesMax,
        .hot = true,
        .kept_member = kWebhookRequest[0].name,
        .request = {kWebhookRequest, Schema::Form::open_object, "WebhookRequest"},
        .response = {kWebhookAnswer, Schema::Form::open_object, "Webhook"},
        .errors = kWebhookErrors,
        .handler = call<&post_webhook>},
    Row{.method = Method::post,
        .path = "/graphql",
        .operation_id = "graphql",
        .topic = Topic::hasura,
        .summary = "Answers a query of GraphQL: signup, login, refresh, logout, me.",
        .lane = Lane::crypto,
        .caller = CallerKind::hasura_with_secret,
        .account = &name_at_graphql_login,
        .body_bytes_max = kGraphqlBodyBytesMax,
        .problem_form = &to_graphql_error,
        .request = {kGraphqlRequest, Schema::Form::open_object, "GraphqlRequest"},
        .response = {kGraphqlAnswer, Schema::Form::open_object, "Graphql"},
        .handler = &post_graphql},
    Row{.method = Method::get,
        .path = "/livez",
        .operation_id = "liveness",
        .topic = Topic::operation,
        .summary = "Answers while the process runs.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kLivenessAnswer, Schema::Form::object, "Liveness"},
        .handler = call<&get_livez>},
    Row{.method = Method::get,
        .path = "/readyz",
        .operation_id = "readiness",
        .topic = Topic::operation,
        .summary = "Says whether the service can do its work, and what is missing.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kReadinessAnswer, Schema::Form::object, "Readiness"},
        .further = kIsUnready,
        .handler = call<&get_readyz>},
    Row{.method = Method::get,
        .path = "/metrics",
        .operation_id = "metrics",
        .topic = Topic::operation,
        .summary = "Returns what the process has counted, in the text format of Prometheus.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .metrics = true,
        .handler = call<&get_metrics>},
    Row{.method = Method::get,
        .path = "/version",
        .operation_id = "version",
        .topic = Topic::operation,
        .summary = "Says which version of Signet runs.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kVersionAnswer, Schema::Form::object, "Version"},
        .handler = call<&get_version>},
    Row{.method = Method::get,
        .path = "/openapi.json",
        .operation_id = "openapi",
        .topic = Topic::operation,
        .summary = "Describes the routes of this server in OpenAPI 3.1.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .response = {kOpenapiAnswer, Schema::Form::open_object, "Openapi"},
        .handler = call<&get_openapi>},
    Row{.method = Method::get,
        .path = "/docs",
        .operation_id = "docs",
        .topic = Topic::pages,
        .summary = "Shows people what the routes of this server are.",
        .lane = Lane::io,
        .caller = CallerKind::anybody,
        .page = true,
        .handler = call<&get_docs>},
};

// A route at a further path.
constexpr Row also(std::string_view path, std::string_view operation_id, std::string_view summary,
                   std::string_view route) {
    Row row = *std::ranges::find(kRoutes, route, &Row::operation_id);
    row.path = path;
    row.operation_id = operation_id;
    row.summary = summary;
    return row;
}

// What a Hasura Action has of its own, beside what it has of its route.
struct ActionHandlers {
    Handler handler;
    AccountOf account = nullptr;
};
template <auto handler, const auto& arguments>
constexpr ActionHandlers as_action{&Action<handler, arguments>::call};
template <auto handler, auto account, const auto& arguments>
constexpr ActionHandlers as_action_of{&Action<handler, arguments>::call,
                                      &Action<account, arguments>::account};

// A route as an action of Hasura's.
constexpr Row action(std::string_view path, std::string_view operation_id, std::string_view summary,
                     std::string_view route, const ActionHandlers& handlers) {
    Row row = also(path, operation_id, summary, route);
    row.method = Method::post;
    row.topic = Topic::hasura;
    row.for_user = row.caller == CallerKind::bearer || route == "logout";
    row.caller = CallerKind::hasura_with_secret;
    row.limit = CallLimit::none;
    row.account = handlers.account;
    row.body_bytes_max = kActionBodyBytesMax;
    row.body_optional = false;
    row.problem_form = &to_action_error;
    row.input = row.request;
    row.request = {kActionRequest, Schema::Form::open_object, "ActionRequest"};
    if (row.response.members.empty()) {
        row.response = {kDoneAnswer, Schema::Form::object, "Done"};
    }
    row.handler = handlers.handler;
    return row;
}

// The path says which action it is; what Hasura calls it does not matter.
constexpr std::array kActions{
    action("/actions/signup", "actionSignup", "Signs up for a client of Hasura.", "signup",
           as_action<&post_signup, kSignupRequest>),
    action("/actions/login", "actionLogin", "Logs in for a client of Hasura.", "login",
           as_action_of<&post_login, &name_at_login, kLoginRequest>),
    action("/actions/refresh", "actionRefresh", "Refreshes for a client of Hasura.", "refresh",
           as_action<&post_refresh, kRefreshRequest>),
    action("/actions/logout", "actionLogout", "Logs out for a client of Hasura.", "logout",
           {&act_logout}),
    action("/actions/me", "actionMe", "Returns the account of a client of Hasura.", "me",
           {call<&act_me>}),
    action("/actions/request-email-verification", "actionAskForVerification",
           "Sends a link that proves an address, for a client of Hasura.", "askForVerification",
           as_action<&post_email_verification, kMailRequest>),
    action("/actions/verify-email", "actionVerifyEmail",
           "Proves or changes an address for a client of Hasura.", "verifyEmail",
           as_action<&post_email_verify, kTicketRequest>),
    action("/actions/change-email", "actionChangeEmail",
           "Sends a link that gives a client of Hasura another address.", "changeEmail",
           {&Action<&post_email_change, kEmailChangeRequest>::call, call<&user_of_token>}),
    action("/actions/request-password-reset", "actionAskForReset",
           "Sends a link to choose a new password, for a client of Hasura.", "askForReset",
           as_action<&post_reset_request, kResetRequest>),
    action("/actions/reset-password", "actionResetPassword",
           "Sets a new password for a client of Hasura.", "resetPassword",
           as_action<&post_password_reset, kResetByTicketRequest>),
    action("/actions/request-login-link", "actionAskForLink",
           "Sends a link to sign in with, for a client of Hasura.", "askForLink",
           as_action<&post_login_link, kMailRequest>),
    action("/actions/request-login-code", "actionAskForCode",
           "Sends a code to sign in with, for a client of Hasura.", "askForCode",
           as_action<&post_login_code, kMailRequest>),
    action("/actions/login-by-ticket", "actionLoginByTicket",
           "Opens a session for a ticket that a client of Hasura has.", "loginByTicket",
           as_action<&post_login_ticket, kTicketRequest>),
    action("/actions/login-by-code", "actionLoginByCode",
           "Opens a session for a code that a client of Hasura has.", "loginByCode",
           as_action<&post_login_code_verify, kCodeRequest>),
    action("/actions/accept-invitation", "actionAcceptInvitation",
           "Opens a session for an invited client of Hasura.", "acceptInvitation",
           as_action<&post_invitation_accept, kInvitationRequest>),
    Row{.method = Method::post,
        .path = "/actions/{id}",
        .operation_id = "actionUnknown",
        .topic = Topic::hasura,
        .summary = "Refuses an action that there is not.",
        .lane = Lane::io,
        .caller = CallerKind::hasura_with_secret,
        .body_bytes_max = kActionBodyBytesMax,
        .problem_form = &to_action_error,
        .request = {kActionRequest, Schema::Form::open_object, "ActionRequest"},
        .hidden = true,
        .handler = call<&refuse_unknown_action>},
    // The paths of tutorials that write such a service by hand.
    action("/SignUp", "tutorialSignUp", "Signs up as an action of a tutorial does.", "signup",
           as_action<&post_signup, kSignupRequest>),
    action("/SignIn", "tutorialSignIn", "Logs in as an action of a tutorial does.", "login",
           as_action_of<&post_login, &name_at_login, kLoginRequest>),
    also("/auth/register", "tutorialRegister", "Signs up at the path of a tutorial.", "signup"),
    also("/auth/login", "tutorialLogin", "Logs in at the path of a tutorial.", "login"),
};

constexpr auto kTable = [] {
    std::array<Row, kRoutes.size() + kActions.size()> rows{};
    std::ranges::copy(kActions, std::ranges::copy(kRoutes, rows.begin()).out);
    return rows;
}();

static_assert(std::ranges::all_of(kTable, [](const Row& row) {
    return static_cast<std::size_t>(row.lane) == row.handler.index();
}));

}  // namespace

std::span<const Row> table() {
    return kTable;
}

}  // namespace signet::routes
