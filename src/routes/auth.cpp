#include "base/secret.hpp"
#include "routes/account_json.hpp"
#include "routes/body.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <signet/service/authorize.hpp>
#include <signet/service/sign_in.hpp>

#include <optional>
#include <string>

namespace signet::routes {
namespace {

// The answer to a signup or a login, and its line in the log: the id, never the typed name, because
// people type passwords into name fields.
http::Response answer(const Result<SignedIn>& outcome, std::string_view event,
                      const http::Request& request, const Edge& edge) {
    if (!outcome) {
        return refuse(outcome.error(), request, edge);
    }
    for (const std::string& role : outcome->roles.refused) {
        edge.log.write(
            LogLevel::warn, "role-left-out",
            {{"role", role}, {"user", outcome->account.id.str()}, {"request", request.id}});
    }
    edge.log.write(LogLevel::info, event,
                   {{"user", outcome->account.id.str()},
                    {"address", request.remote_address},
                    {"request", request.id}});
    return private_json_reply(to_json(*outcome));
}

SignInPorts ports_of(const Edge& edge, CryptoWorker& worker) {
    return {worker.accounts, worker.hasher, edge.judge, edge.signer, edge.random};
}

}  // namespace

http::Response post_signup(const http::Request& request, const Edge& edge, CryptoWorker& worker) {
    Result<BodyReader> body =
        BodyReader::open(request.body, {"username", "email", "password", "confirmPassword"});
    if (!body) {
        return refuse(body.error(), request, edge);
    }
    SignupInput input;
    const WipeOnExit wipe_password(input.password);
    input.username = body->optional_text("username", kLoginNameBytesMax);
    input.email = body->optional_text("email", kLoginNameBytesMax);
    input.password = body->required_text("password", kPasswordSpellingBytesMax);
    if (std::optional<std::string> confirmed =
            body->optional_text("confirmPassword", kPasswordSpellingBytesMax)) {
        if (!equal_in_constant_time(*confirmed, input.password)) {
            body->offend("confirmPassword", "mismatch", "It differs from `password`.");
        }
        wipe(*confirmed);
    }
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, edge);
    }
    return answer(signup(input, ports_of(edge, worker), edge.policy, request.now_s), "signup",
                  request, edge);
}

http::Response post_login(const http::Request& request, const Edge& edge, CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, {"username", "email", "password"});
    if (!body) {
        return refuse(body.error(), request, edge);
    }
    LoginInput input;
    const WipeOnExit wipe_password(input.password);
    if (body->has("email") && body->has("username")) {
        body->offend("email", "ambiguous", "Send a username or an e-mail address, not both.");
    } else if (body->has("email")) {
        input.kind = NameKind::email;
        input.name = body->required_text("email", kLoginNameBytesMax);
    } else {
        input.name = body->required_text("username", kLoginNameBytesMax);
    }
    input.password = body->required_text("password", kPasswordSpellingBytesMax);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, edge);
    }
    return answer(login(input, ports_of(edge, worker), edge.policy, request.now_s), "login",
                  request, edge);
}

http::Response get_me(const http::Request& request, const Edge& edge, DataWorker& worker) {
    const Result<Caller> caller =
        authenticate(read_authorization(request.header("authorization")),
                     {worker.accounts, edge.verifier}, edge.policy.roles, request.now_s);
    if (!caller) {
        return refuse(caller.error(), request, edge);
    }
    return private_json_reply(to_json(caller->account, caller->roles));
}

}  // namespace signet::routes
