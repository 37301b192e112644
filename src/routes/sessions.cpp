#include "base/secret.hpp"
#include "routes/account_json.hpp"
#include "routes/body.hpp"
#include "routes/cookies.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"
#include "routes/table.hpp"
#include "routes/welcome.hpp"

#include <signet/service/authorize.hpp>
#include <signet/service/sessions.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::routes {
namespace {

// What came along with a refresh token. The token is looked at by nobody but the use case, so that
// whatever is wrong with it is one and the same answer.
struct TokenCall {
    std::string token;
    RefreshTokenIn where = RefreshTokenIn::body;
    bool all = false;
};

enum class TakesAll : std::uint8_t { no, yes };

// The body, or the cookie where the body has no token and cookies are on.
Result<TokenCall> read_call(const http::Request& request, TakesAll takes_all, const Edge& edge) {
    const bool by_cookie = edge.browsers.cookies;
    const std::string_view text =
        by_cookie && request.body.empty() ? std::string_view("{}") : request.body;
    Result<BodyReader> body = takes_all == TakesAll::yes
                                  ? BodyReader::open(text, {"refreshToken", "all"})
                                  : BodyReader::open(text, {"refreshToken"});
    if (!body) {
        return body.error();
    }
    TokenCall call;
    std::optional<std::string> token = body->optional_text("refreshToken", kJsonBodyBytesMax);
    call.all = body->optional_flag("all");
    if (!body->has("refreshToken") && by_cookie) {
        call.where = RefreshTokenIn::cookie;
        call.token = read_cookie(request.header("cookie"), kRefreshCookie).value;
    } else if (!body->has("refreshToken")) {
        body->offend("refreshToken", "required", "The member is missing.");
    }
    if (std::optional<Error> refusal = body->refusal()) {
        return std::move(*refusal);
    }
    if (token) {
        call.token = *token;
        wipe(*token);
    }
    return call;
}

RefreshPorts ports_of(const Edge& edge, DataWorker& worker) {
    return {worker.sessions, edge.sealer, edge.signer, edge.random};
}

Result<Caller> caller_of(const http::Request& request, const Edge& edge, DataWorker& worker) {
    return authenticate(read_authorization(request.header("authorization")),
                        {worker.sessions, edge.verifier}, edge.policy.roles, request.now_s);
}

std::string_view event_of(RefreshCase which) {
    switch (which) {
        case RefreshCase::replay:
            return "refresh-replayed";
        case RefreshCase::ahead:
            return "refresh-ahead";
        default:
            return "refresh";
    }
}

}  // namespace

http::Response post_refresh(const http::Request& request, const Edge& edge, DataWorker& worker) {
    Result<TokenCall> call = read_call(request, TakesAll::no, edge);
    if (!call) {
        return refuse(call.error(), request, edge);
    }
    const WipeOnExit wiped(call->token);
    const Result<RefreshOutcome> outcome =
        refresh(call->token, ports_of(edge, worker), edge.policy, request.now_s);
    if (!outcome) {
        return refuse(outcome.error(), request, edge);
    }
    if (outcome->which == RefreshCase::ahead) {
        edge.log.write(LogLevel::warn, "refresh-token-ahead",
                       {{"user", outcome->signed_in.account.id.str()},
                        {"session", outcome->signed_in.session.str()},
                        {"reason", "the database forgot a refresh: was there a fail-over?"},
                        {"request", request.id}});
    }
    return welcome(outcome->signed_in, {event_of(outcome->which), call->where}, request, edge);
}

http::Response post_logout(const http::Request& request, const Edge& edge, DataWorker& worker) {
    Result<TokenCall> call = read_call(request, TakesAll::yes, edge);
    if (!call) {
        return refuse(call.error(), request, edge);
    }
    const WipeOnExit wiped(call->token);
    const Result<UserId> user = logout(call->token, call->all, ports_of(edge, worker));
    if (!user) {
        http::Response refusal = refuse(user.error(), request, edge);
        if (user.error().errc == Errc::invalid_refresh_token) {
            // No script can delete them, and the session is over already.
            take_cookies_back(edge.browsers, refusal);
        }
        return refusal;
    }
    edge.log.write(LogLevel::info, call->all ? "logout-everywhere" : "logout",
                   {{"user", user->str()}, {"request", request.id}});
    http::Response response = empty_reply();
    take_cookies_back(edge.browsers, response);
    return response;
}

http::Response get_sessions(const http::Request& request, const Edge& edge, DataWorker& worker) {
    const Result<Caller> caller = caller_of(request, edge, worker);
    if (!caller) {
        return refuse(caller.error(), request, edge);
    }
    const Result<std::vector<SessionInfo>> sessions = worker.sessions.list(caller->account.id);
    return sessions ? private_json_reply(to_json(*sessions, caller->session))
                    : refuse(sessions.error(), request, edge);
}

http::Response delete_session(const http::Request& request, const Edge& edge, DataWorker& worker) {
    const Result<Caller> caller = caller_of(request, edge, worker);
    if (!caller) {
        return refuse(caller.error(), request, edge);
    }
    const std::optional<SessionId> id =
        SessionId::parse(std::string_view(request.path).substr(request.path.rfind('/') + 1));
    if (!id) {
        return refuse(Errc::session_not_found, request, edge);
    }
    const Result<bool> ended = worker.sessions.end(caller->account.id, *id);
    if (!ended) {
        return refuse(ended.error(), request, edge);
    }
    if (!*ended) {
        return refuse(Errc::session_not_found, request, edge);
    }
    edge.log.write(
        LogLevel::info, "session-ended",
        {{"user", caller->account.id.str()}, {"session", id->str()}, {"request", request.id}});
    http::Response response = empty_reply();
    if (*id == caller->session) {
        take_cookies_back(edge.browsers, response);
    }
    return response;
}

}  // namespace signet::routes
