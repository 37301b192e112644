#include "base/secret.hpp"
#include "routes/body.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"
#include "routes/welcome.hpp"

#include <signet/service/sign_in.hpp>

#include <optional>
#include <string>

namespace signet::routes {
namespace {

http::Response answer(const Result<SignedIn>& outcome, std::string_view event,
                      const http::Request& request, const Edge& edge) {
    return outcome ? welcome(*outcome, {event, RefreshTokenIn::body}, request, edge)
                   : refuse(outcome.error(), request, edge);
}

SignInPorts ports_of(const Edge& edge, CryptoWorker& worker) {
    return {worker.accounts, worker.sessions, edge.sealer, worker.hasher,
            edge.judge,      edge.signer,     edge.random};
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
    input.client = client_of(request);
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
    input.client = client_of(request);
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

}  // namespace signet::routes
