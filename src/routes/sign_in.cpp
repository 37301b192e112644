#include "base/secret.hpp"
#include "routes/body.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"
#include "routes/signed_in_reply.hpp"

#include <signet/domain/session.hpp>
#include <signet/domain/text.hpp>
#include <signet/service/sessions.hpp>
#include <signet/service/sign_in.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace signet::routes {
namespace {

SignInPorts sign_in_ports(const http::Request& request, const SignInContext& context,
                          CryptoWorker& worker) {
    return {worker.accounts,  worker.failures,   worker.sessions, context.sealer,
            worker.hasher,    context.judge,     context.signer,  context.random,
            context.throttle, origin_of(request)};
}

RefreshPorts refresh_ports(const http::Request& request, const SignInContext& context,
                           DataWorker& worker) {
    return {worker.sessions, context.sealer,      context.signer,
            context.random,  context.policy.mail, origin_of(request)};
}

SignedInReply reply_of(const SignInContext& context) {
    return {context.policy, context.browsers, context.log};
}

http::Response answer(const Result<SignedIn>& outcome, std::string_view event,
                      const http::Request& request, const SignInContext& context) {
    return answer_signed_in(outcome, event, request, reply_of(context));
}

// A call with a refresh token. Only the use case looks at the token, so that whatever is wrong with
// it gets one and the same answer.
struct TokenCall {
    std::string token;
    RefreshTokenIn where = RefreshTokenIn::body;
    bool all = false;
};

// Reads the token from the body, or from the cookie if the body has none and cookies are on.
Result<TokenCall> read_call(const http::Request& request, std::span<const Member> known,
                            const BrowserPolicy& browsers) {
    const bool by_cookie = browsers.cookies;
    const std::string_view text = request.body.empty() ? std::string_view("{}") : request.body;
    Result<BodyReader> body = BodyReader::open(text, known);
    if (!body) {
        return body.error();
    }
    TokenCall call;
    std::optional<std::string> token = body->optional_text("refreshToken");
    call.all = body->optional_flag("all");
    if (by_cookie && token.value_or("").empty()) {
        call.where = RefreshTokenIn::cookie;
        call.token = read_cookie(request.header("cookie"), kRefreshCookie).value;
    } else if (!body->has("refreshToken")) {
        body->offend("refreshToken", "required",
                     by_cookie
                         ? "The member is missing."
                         : "The member is missing, and AUTH_COOKIES is off here, so no cookie "
                           "is read.");
    }
    if (std::optional<Error> refusal = body->refusal()) {
        return std::move(*refusal);
    }
    if (token && call.where == RefreshTokenIn::body) {
        call.token = *token;
        wipe(*token);
    }
    return call;
}

// Takes the one of username and e-mail address that is given. One of white space only is not.
void read_login_name(BodyReader& body, LoginInput& input) {
    const std::optional<std::string> username = body.optional_text("username");
    const std::optional<std::string> email = body.optional_text("email");
    const auto given = [](const std::optional<std::string>& text) {
        return text && !trim_white_space(*text).empty();
    };
    if (given(username) && given(email)) {
        body.offend("email", "ambiguous", "Send a username or an e-mail address, not both.");
    } else if (given(email)) {
        input.kind = NameKind::email;
        input.name = *email;
    } else if (given(username)) {
        input.name = *username;
    } else if (body.has("username") == username.has_value() &&
               body.has("email") == email.has_value()) {
        body.offend(email && !username ? "email" : "username", "required",
                    "The member is missing or empty.");
    }
}

LoginResult result_of(const Result<SignedIn>& outcome) {
    if (outcome) {
        return LoginResult::ok;
    }
    switch (outcome.error().errc) {
        case Errc::invalid_credentials:
            return LoginResult::wrong;
        case Errc::too_many_attempts:
            return LoginResult::throttled;
        case Errc::email_not_verified:
            return LoginResult::unverified;
        default:
            return LoginResult::failed;
    }
}

RefreshResult result_of(const Result<RefreshOutcome>& outcome) {
    if (!outcome) {
        const Error& error = outcome.error();
        if (error.errc != Errc::invalid_refresh_token) {
            return RefreshResult::failed;
        }
        return error.alarming ? RefreshResult::reuse : RefreshResult::refuse;
    }
    switch (outcome->which) {
        case RefreshCase::replay:
            return RefreshResult::replay;
        case RefreshCase::ahead:
            return RefreshResult::ahead;
        default:
            return RefreshResult::rotate;
    }
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

std::string name_at_login(const http::Request& request, const SignInContext& context) {
    Result<BodyReader> body = BodyReader::open(request.body, kLoginRequest);
    LoginInput input;
    if (body) {
        read_login_name(*body, input);
    }
    const WipeOnExit wiped(input.name);
    if (input.name.empty()) {
        return {};
    }
    return context.throttle.account_of(subject_of_name(input.kind, input.name, context.sealer));
}

http::Response post_signup(const http::Request& request, const SignInContext& context,
                           CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kSignupRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    SignupInput input;
    const WipeOnExit wipe_password(input.password);
    input.client = client_of(request);
    input.username = body->optional_name("username");
    input.email = body->optional_name("email");
    input.metadata = body->optional_object("metadata");
    input.password = body->required_text("password");
    if (std::optional<std::string> confirmed = body->optional_text("confirmPassword")) {
        if (!confirmed->empty() && !equal_in_constant_time(*confirmed, input.password)) {
            body->offend("confirmPassword", "mismatch", "It differs from `password`.");
        }
        wipe(*confirmed);
    }
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    input.language = language_of(request);
    const MailPolicy& mail = context.policy.mail;
    const SignInPorts ports = sign_in_ports(request, context, worker);
    if (mail.verification == EmailVerification::required) {
        const auto asked =
            ask_to_sign_up(input, input.language, {worker.outbox, context.sealer, context.random},
                           ports, context.policy);
        if (!asked) {
            return refuse(asked.error(), request, context.log);
        }
        context.wake();
        http::Response response = private_json_reply(R"({"status":"verification-sent"})");
        response.status = 202;
        return response;
    }
    const auto outcome = signup(input, ports, context.policy, request.now_s);
    if (outcome) {
        context.wake();
    }
    return answer(outcome, "signup", request, context);
}

http::Response post_login(const http::Request& request, const SignInContext& context,
                          CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kLoginRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    LoginInput input;
    const WipeOnExit wipe_password(input.password);
    input.client = client_of(request);
    read_login_name(*body, input);
    input.password = body->required_text("password");
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const auto began = std::chrono::steady_clock::now();
    const auto outcome =
        login(input, sign_in_ports(request, context, worker), context.policy, request.now_s);
    context.counts.add(result_of(outcome));
    http::Response response = answer(outcome, "login", request, context);
    if (!outcome && outcome.error().errc == Errc::invalid_credentials) {
        response.not_before = began + worker.hasher.longest_verification();
    }
    return response;
}

http::Response post_refresh(const http::Request& request, const SignInContext& context,
                            DataWorker& worker) {
    Result<TokenCall> call = read_call(request, kRefreshRequest, context.browsers);
    if (!call) {
        return refuse(call.error(), request, context.log);
    }
    const WipeOnExit wiped(call->token);
    const Result<RefreshOutcome> outcome = refresh(
        call->token, refresh_ports(request, context, worker), context.policy, request.now_s);
    context.counts.add(result_of(outcome));
    if (!outcome) {
        return refuse(outcome.error(), request, context.log);
    }
    if (outcome->which == RefreshCase::ahead) {
        context.log.write(LogLevel::warn, "refresh-token-ahead",
                          {{"user", outcome->signed_in.account.id.str()},
                           {"session", outcome->signed_in.session.str()},
                           {"reason", "the database forgot a refresh: was there a fail-over?"},
                           {"request", request.id}});
    }
    return reply_with_tokens(outcome->signed_in, {event_of(outcome->which), call->where}, request,
                             reply_of(context));
}

http::Response post_logout(const http::Request& request, const SignInContext& context,
                           DataWorker& worker) {
    Result<TokenCall> call = read_call(request, kLogoutRequest, context.browsers);
    if (!call) {
        return refuse(call.error(), request, context.log);
    }
    const WipeOnExit wiped(call->token);
    const Result<UserId> user = logout(
        call->token, call->all, refresh_ports(request, context, worker), context.policy.sessions);
    if (!user) {
        http::Response refusal = refuse(user.error(), request, context.log);
        if (user.error().errc == Errc::invalid_refresh_token) {
            // No script can delete them, and the session is over already.
            clear_cookies(context.browsers, refusal);
        }
        return refusal;
    }
    context.log.write(LogLevel::info, call->all ? "logout-everywhere" : "logout",
                      {{"user", user->str()}, {"request", request.id}});
    http::Response response = empty_reply();
    clear_cookies(context.browsers, response);
    return response;
}

}  // namespace signet::routes
