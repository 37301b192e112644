#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "routes/body.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <signet/domain/session.hpp>
#include <signet/service/account.hpp>
#include <signet/service/authorize.hpp>
#include <signet/service/sessions.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::routes {
namespace {

Result<Caller> caller_of(const http::Request& request, const AccountContext& context,
                         SessionStore& sessions) {
    const Result<Credentials> credentials = read_access_token(request, context.browsers);
    return credentials ? authenticate(*credentials, {sessions, context.verifier}, context.roles,
                                      request.now_s)
                       : credentials.error();
}

PasswordPorts password_ports(const http::Request& request, const AccountContext& context,
                             CryptoWorker& worker) {
    return {worker.sessions, worker.failures, worker.hasher, context.judge,     context.throttle,
            context.sealer,  context.random,  context.mail,  origin_of(request)};
}

std::string to_json(const std::vector<SessionInfo>& sessions, const SessionId& current) {
    JsonWriter json;
    json.begin_array();
    for (const SessionInfo& session : sessions) {
        json.begin_object();
        json.member("id", session.id.str());
        json.member("device", session.client.device);
        json.member("address", session.client.address);
        json.member("createdAt", rfc3339(session.created_at_s));
        json.member("lastUsedAt", rfc3339(session.last_used_at_s));
        json.member("expiresAt", rfc3339(session.expires_at_s));
        json.member("current", session.id == current);
        json.end_object();
    }
    return json.end_array().take();
}

std::string to_json(const Account& account, const RoleSet& roles) {
    JsonWriter json;
    json.begin_object();
    write_identity(json, account, roles, NoEmail::null);
    json.member("emailVerified", account.email_proven);
    json.member("active", account.active);
    json.member("createdAt", rfc3339(account.created_at_s));
    json.key("lastLoginAt");
    if (account.last_login_at_s) {
        json.value(rfc3339(*account.last_login_at_s));
    } else {
        json.raw("null");
    }
    json.key("metadata").raw(account.metadata);
    return json.end_object().take();
}

}  // namespace

http::Response reply_with_account(const Account& account, const RoleSet& roles) {
    return private_json_reply(to_json(account, roles));
}

std::string user_of_token(const http::Request& request, const AccountContext& context) {
    const Result<Credentials> credentials = read_access_token(request, context.browsers);
    if (!credentials || credentials->kind != Credentials::Kind::bearer) {
        return {};
    }
    Result<AccessClaims> claims = context.verifier.verify(credentials->token, request.now_s);
    return claims ? context.throttle.account_of_user(claims->subject) : std::string();
}

http::Response get_me(const http::Request& request, const AccountContext& context,
                      DataWorker& worker) {
    const Result<Caller> caller = caller_of(request, context, worker.sessions);
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    return reply_with_account(caller->account, caller->roles);
}

http::Response patch_me(const http::Request& request, const AccountContext& context,
                        DataWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kAccountRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    const AccountInput input{body->optional_name("username"), body->optional_object("metadata")};
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const Result<Caller> caller = caller_of(request, context, worker.sessions);
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    if (const auto changed = change_account(
            *caller, input,
            {worker.sessions, context.sealer, context.random, context.mail, origin_of(request)});
        !changed) {
        return refuse(changed.error(), request, context.log);
    }
    context.log.write(LogLevel::info, "account-changed",
                      {{"user", caller->account.id.str()}, {"request", request.id}});
    return get_me(request, context, worker);
}

http::Response delete_me(const http::Request& request, const AccountContext& context,
                         CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kDeletionRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    std::string password;
    const WipeOnExit wipe_password(password);
    password = body->required_text("currentPassword");
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const Result<Caller> caller = caller_of(request, context, worker.sessions);
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    const auto deleted =
        delete_account(*caller, password, password_ports(request, context, worker));
    if (!deleted) {
        return refuse(deleted.error(), request, context.log);
    }
    context.log.write(LogLevel::info, "account-deleted",
                      {{"user", caller->account.id.str()}, {"request", request.id}});
    http::Response response = empty_reply();
    clear_cookies(context.browsers, response);
    return response;
}

http::Response post_password(const http::Request& request, const AccountContext& context,
                             CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kPasswordRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    PasswordInput input;
    const WipeOnExit wipe_current(input.current_password);
    const WipeOnExit wipe_new(input.new_password);
    input.current_password = body->required_text("currentPassword");
    input.new_password = body->required_text("newPassword");
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const Result<Caller> caller = caller_of(request, context, worker.sessions);
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    const Result<void> changed =
        change_password(*caller, input, password_ports(request, context, worker));
    if (!changed) {
        return refuse(changed.error(), request, context.log);
    }
    context.wake();
    context.log.write(LogLevel::info, "password-changed",
                      {{"user", caller->account.id.str()}, {"request", request.id}});
    return empty_reply();
}

http::Response get_sessions(const http::Request& request, const AccountContext& context,
                            DataWorker& worker) {
    const Result<Caller> caller = caller_of(request, context, worker.sessions);
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    const Result<std::vector<SessionInfo>> sessions = worker.sessions.list(caller->account.id);
    return sessions ? private_json_reply(to_json(*sessions, caller->session))
                    : refuse(sessions.error(), request, context.log);
}

http::Response delete_session(const http::Request& request, const AccountContext& context,
                              DataWorker& worker) {
    const Result<Caller> caller = caller_of(request, context, worker.sessions);
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    const std::optional<SessionId> id =
        SessionId::parse(std::string_view(request.path).substr(request.path.rfind('/') + 1));
    if (!id) {
        return refuse(Errc::session_not_found, request, context.log);
    }
    const Result<bool> ended =
        worker.sessions.end(caller->account.id, *id, {"session-ended", origin_of(request)});
    if (!ended) {
        return refuse(ended.error(), request, context.log);
    }
    if (!*ended) {
        return refuse(Errc::session_not_found, request, context.log);
    }
    context.log.write(
        LogLevel::info, "session-ended",
        {{"user", caller->account.id.str()}, {"session", id->str()}, {"request", request.id}});
    http::Response response = empty_reply();
    if (*id == caller->session) {
        clear_cookies(context.browsers, response);
    }
    return response;
}

}  // namespace signet::routes
