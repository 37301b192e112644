#pragma once

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "graphql/schema.hpp"
#include "http/message.hpp"
#include "routes/body.hpp"
#include "routes/browsers.hpp"
#include "routes/meanings.hpp"

#include <signet/domain/role.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/ports/accounts.hpp>
#include <signet/ports/failures.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/tickets.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/ports/users.hpp>
#include <signet/service/recovery.hpp>
#include <signet/service/sign_in.hpp>
#include <signet/service/throttle.hpp>
#include <signet/service/webhook.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

// The handlers of the route table, by feature: what they work with, what they take and answer, and
// what they are called. Each turns a request into the input of a use case, and its outcome into
// JSON. Values in, values out.
namespace signet::routes {

// What a thread of the data lane owns.
struct DataWorker {
    SessionStore& sessions;
    UserReader& users;
    AccountStore& accounts;
    FailureStore& failures;
    CodeStore& codes;
    Outbox& outbox;
};

// What a thread of the crypto lane owns: the same, and the memory of hashes.
struct CryptoWorker : DataWorker {
    PasswordHasher& hasher;
};

// What is left of a request after a try on the I/O thread, for a thread that owns a Worker. It
// carries what was found out already. Work about one user is done one after the other.
template <class Worker>
struct LaneWork {
    Uuid user;
    std::function<http::Response(const http::Request&, Worker&)> run;
};

// How far a request got on the I/O thread: to its answer, or to work for the lane of Worker.
template <class Worker>
using Attempt = std::variant<http::Response, LaneWork<Worker>>;

// A context is what the handlers of a feature share, on any thread. It outlives the server.

// sign_in.cpp: everything that gives out or takes back a refresh token.
// What logins with a password came to, on all routes.
enum class LoginResult : std::uint8_t { ok, wrong, throttled, unverified, failed };
inline constexpr std::array<std::string_view, 5> kLoginResults{"ok", "wrong", "throttled",
                                                               "unverified", "failed"};
// What became of refresh tokens (RefreshCase). `refuse` also stands for tokens that are none.
enum class RefreshResult : std::uint8_t { rotate, replay, reuse, ahead, refuse, failed };
inline constexpr std::array<std::string_view, 6> kRefreshResults{"rotate", "replay", "reuse",
                                                                 "ahead",  "refuse", "failed"};
struct SignInCounts {
    std::array<Counter, kLoginResults.size()> logins;
    std::array<Counter, kRefreshResults.size()> refreshes;

    void add(LoginResult result) { logins[static_cast<std::size_t>(result)].add(); }
    void add(RefreshResult result) { refreshes[static_cast<std::size_t>(result)].add(); }
};

struct SignInContext {
    const SignInPolicy& policy;
    const BrowserPolicy& browsers;
    const PasswordJudge& judge;
    const SessionSealer& sealer;
    const TokenSigner& signer;
    Random& random;
    PasswordThrottle& throttle;
    // Has what was put into the outbox delivered soon. Thread-safe, and never waits.
    std::function<void()> wake;
    const Log& log;
    SignInCounts& counts;
};

inline constexpr std::array kSignupRequest{
    Member{.name = "username",
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kNewUsername,
           .shown = true},
    Member{.name = "email",
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kNewEmail,
           .shown = true},
    Member{.name = "password",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kNewPassword},
    Member{.name = "confirmPassword",
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kConfirmation},
    Member{.name = "metadata",
           .type = JsonType::object,
           .bytes_max = kMetadataBytesMax,
           .meaning = &means::kMetadata},
};
inline constexpr std::array kLoginRequest{
    Member{.name = "username",
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kNameOfUser,
           .shown = true},
    Member{.name = "email", .bytes_max = kLoginNameBytesMax, .meaning = &means::kEmailOfUser},
    Member{.name = "password",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kPassword},
};
// The token may come by cookie instead, where cookies are on.
inline constexpr std::array kRefreshRequest{
    Member{.name = "refreshToken",
           .bytes_max = kJsonBodyBytesMax,
           .meaning = &means::kRefreshToken,
           .shown = true,
           .by_cookie = true},
};
inline constexpr std::array kLogoutRequest{
    Member{.name = "refreshToken",
           .bytes_max = kJsonBodyBytesMax,
           .meaning = &means::kRefreshToken,
           .shown = true,
           .by_cookie = true},
    Member{.name = "all", .type = JsonType::flag, .meaning = &means::kEverywhere},
};
// Where an address has to be proven first.
inline constexpr std::array kAcceptedAnswer{
    Member{.name = "status", .required = true, .meaning = &means::kVerificationSent},
};
// Who refreshes by cookie gets no refreshToken in the body.
inline constexpr std::array kSignedInAnswer{
    Member{.name = "id", .required = true, .meaning = &means::kUserId},
    Member{.name = "username", .required = true, .nullable = true, .meaning = &means::kUsername},
    Member{.name = "email", .meaning = &means::kEmail, .shown = true},
    Member{.name = "roles", .type = JsonType::texts, .required = true, .meaning = &means::kRoles},
    Member{.name = "defaultRole", .required = true, .meaning = &means::kDefaultRole},
    Member{.name = "token", .required = true, .meaning = &means::kAccessToken},
    Member{.name = "expiresIn",
           .type = JsonType::integer,
           .required = true,
           .meaning = &means::kExpiresIn},
    Member{
        .name = "refreshToken", .meaning = &means::kRefreshToken, .shown = true, .by_cookie = true},
};

// Returns a text that stands for whoever has the name at a login, by whichever of the account's
// names; empty if there is no name.
std::string name_at_login(const http::Request& request, const SignInContext& context);
http::Response post_signup(const http::Request& request, const SignInContext& context,
                           CryptoWorker& worker);
http::Response post_login(const http::Request& request, const SignInContext& context,
                          CryptoWorker& worker);
http::Response post_refresh(const http::Request& request, const SignInContext& context,
                            DataWorker& worker);
http::Response post_logout(const http::Request& request, const SignInContext& context,
                           DataWorker& worker);

// account.cpp: what a signed-in user sees and changes.
struct AccountContext {
    const RolePolicy& roles;
    const BrowserPolicy& browsers;
    const PasswordJudge& judge;
    const TokenVerifier& verifier;
    PasswordThrottle& throttle;
    const SessionSealer& sealer;
    Random& random;
    const MailPolicy& mail;
    std::function<void()> wake;  // see SignInContext
    const Log& log;
};

inline constexpr std::array kAccountAnswer{
    Member{.name = "id", .required = true, .meaning = &means::kUserId},
    Member{.name = "username", .required = true, .nullable = true, .meaning = &means::kUsername},
    Member{.name = "email", .required = true, .nullable = true, .meaning = &means::kEmail},
    Member{.name = "emailVerified",
           .type = JsonType::flag,
           .required = true,
           .meaning = &means::kEmailVerified},
    Member{.name = "roles", .type = JsonType::texts, .required = true, .meaning = &means::kRoles},
    Member{.name = "defaultRole", .required = true, .meaning = &means::kDefaultRole},
    Member{.name = "active", .type = JsonType::flag, .required = true, .meaning = &means::kActive},
    Member{.name = "createdAt",
           .type = JsonType::time,
           .required = true,
           .meaning = &means::kCreatedAt},
    Member{.name = "lastLoginAt",
           .type = JsonType::time,
           .required = true,
           .nullable = true,
           .meaning = &means::kLastLoginAt},
    Member{.name = "metadata",
           .type = JsonType::object,
           .required = true,
           .meaning = &means::kMetadata},
};
inline constexpr std::array kAccountRequest{
    Member{.name = "username", .bytes_max = kLoginNameBytesMax, .meaning = &means::kNewUsername},
    Member{.name = "metadata",
           .type = JsonType::object,
           .bytes_max = kMetadataBytesMax,
           .meaning = &means::kMetadata,
           .shown = true},
};
inline constexpr std::array kDeletionRequest{
    Member{.name = "currentPassword",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kPassword},
};
inline constexpr std::array kPasswordRequest{
    Member{.name = "currentPassword",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kPassword},
    Member{.name = "newPassword",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kNextPassword},
};
inline constexpr std::array kSessionAnswer{
    Member{.name = "id", .required = true, .meaning = &means::kSessionId},
    Member{.name = "device", .required = true, .meaning = &means::kDevice},
    Member{.name = "address", .required = true, .nullable = true, .meaning = &means::kAddress},
    Member{.name = "createdAt",
           .type = JsonType::time,
           .required = true,
           .meaning = &means::kCreatedAt},
    Member{.name = "lastUsedAt",
           .type = JsonType::time,
           .required = true,
           .meaning = &means::kLastUsedAt},
    Member{.name = "expiresAt",
           .type = JsonType::time,
           .required = true,
           .meaning = &means::kExpiresAt},
    Member{
        .name = "current", .type = JsonType::flag, .required = true, .meaning = &means::kCurrent},
};

// The answer of get_me().
http::Response reply_with_account(const Account& account, const RoleSet& roles);
// Returns the user whose access token came with the request; empty if none did.
std::string user_of_token(const http::Request& request, const AccountContext& context);
http::Response get_me(const http::Request& request, const AccountContext& context,
                      DataWorker& worker);
http::Response patch_me(const http::Request& request, const AccountContext& context,
                        DataWorker& worker);
http::Response delete_me(const http::Request& request, const AccountContext& context,
                         CryptoWorker& worker);
http::Response post_password(const http::Request& request, const AccountContext& context,
                             CryptoWorker& worker);
http::Response get_sessions(const http::Request& request, const AccountContext& context,
                            DataWorker& worker);
http::Response delete_session(const http::Request& request, const AccountContext& context,
                              DataWorker& worker);

// recovery.cpp: what goes by mail.
struct RecoveryContext {
    const MailPolicy& mail;
    const SignInPolicy& policy;
    const BrowserPolicy& browsers;
    const PasswordJudge& judge;
    const SessionSealer& sealer;
    const TokenSigner& signer;
    const TokenVerifier& verifier;
    Random& random;
    PasswordThrottle& throttle;
    // Has what was put into the outbox delivered soon. Thread-safe, and never waits.
    std::function<void()> wake;
    const Log& log;
};

inline constexpr std::array kMailRequest{
    Member{.name = "email",
           .required = true,
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kAddressOfMail},
    Member{.name = "redirectTo", .bytes_max = kRedirectBytesMax, .meaning = &means::kRedirectTo},
};
inline constexpr std::array kResetRequest{
    Member{.name = "email",
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kEmailOfUser,
           .shown = true},
    Member{.name = "username", .bytes_max = kLoginNameBytesMax, .meaning = &means::kNameOfUser},
    Member{.name = "redirectTo", .bytes_max = kRedirectBytesMax, .meaning = &means::kRedirectTo},
};
inline constexpr std::array kTicketRequest{
    Member{.name = "ticket",
           .required = true,
           .bytes_max = kJsonBodyBytesMax,
           .meaning = &means::kTicket},
};
inline constexpr std::array kEmailChangeRequest{
    Member{.name = "newEmail",
           .required = true,
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kNewEmail},
    Member{.name = "currentPassword",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kPassword},
    Member{.name = "redirectTo", .bytes_max = kRedirectBytesMax, .meaning = &means::kRedirectTo},
};
inline constexpr std::array kResetByTicketRequest{
    Member{.name = "ticket",
           .required = true,
           .bytes_max = kJsonBodyBytesMax,
           .meaning = &means::kTicket},
    Member{.name = "newPassword",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kNextPassword},
};
inline constexpr std::array kCodeRequest{
    Member{.name = "email",
           .required = true,
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kAddressOfMail},
    Member{.name = "code", .required = true, .bytes_max = 64, .meaning = &means::kCode},
};
inline constexpr std::array kInvitationRequest{
    Member{.name = "ticket",
           .required = true,
           .bytes_max = kJsonBodyBytesMax,
           .meaning = &means::kTicket},
    Member{.name = "username",
           .bytes_max = kLoginNameBytesMax,
           .meaning = &means::kNewUsername,
           .shown = true},
    Member{.name = "password",
           .required = true,
           .bytes_max = kPasswordSpellingBytesMax,
           .meaning = &means::kNewPassword},
};
inline constexpr std::array kVerifiedAnswer{
    Member{.name = "email", .required = true, .meaning = &means::kEmail},
};

http::Response post_email_verification(const http::Request& request, const RecoveryContext& context,
                                       DataWorker& worker);
http::Response post_email_verify(const http::Request& request, const RecoveryContext& context,
                                 DataWorker& worker);
http::Response post_email_change(const http::Request& request, const RecoveryContext& context,
                                 CryptoWorker& worker);
http::Response post_reset_request(const http::Request& request, const RecoveryContext& context,
                                  DataWorker& worker);
http::Response post_password_reset(const http::Request& request, const RecoveryContext& context,
                                   CryptoWorker& worker);
http::Response post_login_link(const http::Request& request, const RecoveryContext& context,
                               DataWorker& worker);
http::Response post_login_code(const http::Request& request, const RecoveryContext& context,
                               DataWorker& worker);
http::Response post_login_ticket(const http::Request& request, const RecoveryContext& context,
                                 DataWorker& worker);
http::Response post_login_code_verify(const http::Request& request, const RecoveryContext& context,
                                      DataWorker& worker);
http::Response post_invitation_accept(const http::Request& request, const RecoveryContext& context,
                                      CryptoWorker& worker);

// What a link of a mail has in its query.
inline constexpr std::array kLinkQuery{
    Member{.name = "ticket", .required = true, .meaning = &means::kTicket},
    Member{.name = "redirectTo", .meaning = &means::kRedirectTo},
};
// The fields of the form that it leads to.
inline constexpr std::array kLinkForm{
    Member{.name = "ticket", .required = true, .meaning = &means::kTicket},
    Member{.name = "newPassword", .meaning = &means::kNextPassword},
    Member{.name = "username", .meaning = &means::kNewUsername},
    Member{.name = "password", .meaning = &means::kNewPassword},
};

inline constexpr std::array kHomeAnswer{
    Member{.name = "service", .required = true, .meaning = &means::kService},
    Member{.name = "issuer", .required = true, .meaning = &means::kIssuer},
    Member{.name = "openidConfiguration", .required = true, .meaning = &means::kUrl},
    Member{.name = "jwks", .required = true, .meaning = &means::kUrl},
    Member{.name = "openapi", .required = true, .meaning = &means::kUrl},
};

// pages.cpp: what the links of mails lead to, for people.
http::Response get_home(const http::Request& request, const RecoveryContext& context);
http::Response get_verify(const http::Request& request, const RecoveryContext& context,
                          DataWorker& worker);
http::Response post_verify(const http::Request& request, const RecoveryContext& context,
                           CryptoWorker& worker);

// webhook.cpp
struct WebhookContext {
    const RolePolicy& roles;
    const BrowserPolicy& browsers;
    WebhookMemory memory;
    const Log& log;
};

// Hasura may send further members.
inline constexpr std::array kWebhookRequest{
    Member{.name = "headers",
           .type = JsonType::object,
           .required = true,
           .meaning = &means::kForwardedHeaders},
};
// With the user's other session variables. All are texts, the seconds too.
inline constexpr std::array kWebhookAnswer{
    Member{.name = "X-Hasura-Role", .required = true, .meaning = &means::kDefaultRole},
    Member{.name = "X-Hasura-User-Id", .meaning = &means::kUserId, .shown = true},
    Member{.name = "X-Hasura-Session-Id", .meaning = &means::kSessionId},
    Member{.name = "Cache-Control", .meaning = &means::kReuse, .shown = true},
};

// Of the client's headers, beside the access token.
inline constexpr std::array kWebhookHeaders{
    Member{.name = "X-Hasura-Role", .meaning = &means::kAskedRole},
};

Attempt<DataWorker> get_webhook(const http::Request& request, const WebhookContext& context);
Attempt<DataWorker> post_webhook(const http::Request& request, const WebhookContext& context);

// keys.cpp
class JwksPage;
struct KeysContext {
    const JwksPage& page;
    const KeyPublisher& keys;
    const std::string& issuer;
    const Log& log;
};

inline constexpr std::array kJwksAnswer{
    Member{.name = "keys", .type = JsonType::objects, .required = true, .meaning = &means::kKeys},
};
inline constexpr std::array kDiscoveryAnswer{
    Member{.name = "issuer", .required = true, .meaning = &means::kIssuer},
    Member{.name = "jwks_uri", .required = true, .meaning = &means::kUrl},
    Member{.name = "id_token_signing_alg_values_supported",
           .type = JsonType::texts,
           .required = true,
           .meaning = &means::kAlgorithms},
    Member{.name = "subject_types_supported",
           .type = JsonType::texts,
           .required = true,
           .meaning = &means::kSubjectTypes},
};

http::Response get_jwks(const http::Request& request, const KeysContext& context);
http::Response get_discovery(const http::Request& request, const KeysContext& context);

// health.cpp
struct HealthContext {
    const Readiness& readiness;
};

inline constexpr std::array kLivenessAnswer{
    Member{.name = "status", .required = true, .meaning = &means::kState},
};
inline constexpr std::array kReadinessAnswer{
    Member{.name = "status", .required = true, .meaning = &means::kState},
    Member{
        .name = "checks", .type = JsonType::object, .required = true, .meaning = &means::kChecks},
};

http::Response get_livez(const http::Request& request, const HealthContext& context);
http::Response get_readyz(const http::Request& request, const HealthContext& context);

// openapi.cpp and reference_page.cpp: what the service says of its routes.
struct ApiContext {
    std::shared_ptr<const http::CachedResponse> document;
    std::shared_ptr<const http::CachedResponse> page;
    std::string version;  // the answer of /version
};

inline constexpr std::array kOpenapiAnswer{
    Member{.name = "openapi", .required = true, .meaning = &means::kOpenapiVersion},
    Member{.name = "info",
           .type = JsonType::object,
           .required = true,
           .meaning = &means::kOpenapiPart},
    Member{.name = "paths",
           .type = JsonType::object,
           .required = true,
           .meaning = &means::kOpenapiPart},
};

inline constexpr std::array kVersionAnswer{
    Member{.name = "version", .required = true, .meaning = &means::kVersion},
};

http::Response get_openapi(const http::Request& request, const ApiContext& context);
http::Response get_version(const http::Request& request, const ApiContext& context);
http::Response get_docs(const http::Request& request, const ApiContext& context);

// metrics.cpp: figures for Prometheus.
struct MetricsContext {
    std::function<std::string()> text;  // thread-safe, and takes microseconds
    bool only_here;                     // whether only this machine may read them
    const Log& log;
};

// 404 for whom they are not for.
http::Response get_metrics(const http::Request& request, const MetricsContext& context);

// try_page.cpp: a page to try the service.
struct TryContext {
    std::shared_ptr<const http::CachedResponse> page;  // null: there is none
};

http::Response get_try(const http::Request& request, const TryContext& context);

// graphql.cpp: the remote schema of a Hasura.
struct GraphqlContext {
    const graphql::Schema& schema;
    std::size_t root_prefix_bytes;  // of the names of its root fields
};

// What the handlers of all features work with.
using Contexts =
    std::tuple<SignInContext, AccountContext, RecoveryContext, WebhookContext, KeysContext,
               HealthContext, ApiContext, MetricsContext, TryContext, GraphqlContext>;

}  // namespace signet::routes
