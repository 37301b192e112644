#include "base/secret.hpp"
#include "routes/account_json.hpp"
#include "routes/body.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <signet/service/authorize.hpp>
#include <signet/service/sessions.hpp>

#include <optional>

namespace signet::routes {

http::Response get_me(const http::Request& request, const Edge& edge, DataWorker& worker) {
    const Result<Caller> caller =
        authenticate(read_authorization(request.header("authorization")),
                     {worker.sessions, edge.verifier}, edge.policy.roles, request.now_s);
    if (!caller) {
        return refuse(caller.error(), request, edge);
    }
    return private_json_reply(to_json(caller->account, caller->roles));
}

http::Response post_password(const http::Request& request, const Edge& edge, CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, {"currentPassword", "newPassword"});
    if (!body) {
        return refuse(body.error(), request, edge);
    }
    PasswordInput input;
    const WipeOnExit wipe_current(input.current_password);
    const WipeOnExit wipe_new(input.new_password);
    input.current_password = body->required_text("currentPassword", kPasswordSpellingBytesMax);
    input.new_password = body->required_text("newPassword", kPasswordSpellingBytesMax);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, edge);
    }
    const Result<Caller> caller =
        authenticate(read_authorization(request.header("authorization")),
                     {worker.sessions, edge.verifier}, edge.policy.roles, request.now_s);
    if (!caller) {
        return refuse(caller.error(), request, edge);
    }
    const Result<void> changed =
        change_password(*caller, input, {worker.sessions, worker.hasher, edge.judge});
    if (!changed) {
        return refuse(changed.error(), request, edge);
    }
    edge.log.write(LogLevel::info, "password-changed",
                   {{"user", caller->account.id.str()}, {"request", request.id}});
    return empty_reply();
}

}  // namespace signet::routes
