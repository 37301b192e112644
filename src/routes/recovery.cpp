#include "base/json.hpp"
#include "base/secret.hpp"
#include "routes/body.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"
#include "routes/signed_in_reply.hpp"

#include <signet/service/recovery.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signet::routes {
namespace {

template <class Worker>
AskPorts ask_ports(const RecoveryContext& context, Worker& worker) {
    return {worker.outbox, context.sealer, context.random};
}

template <class Worker>
TicketPorts ticket_ports(const http::Request& request, const RecoveryContext& context,
                         Worker& worker) {
    return {worker.sessions, context.sealer, context.signer, context.random, origin_of(request)};
}

// Answers the same whatever becomes of what somebody asked for.
http::Response noted(const Result<void>& done, const http::Request& request,
                     const RecoveryContext& context) {
    if (!done) {
        return refuse(done.error(), request, context.log);
    }
    context.wake();
    return empty_reply();
}

http::Response ask(TicketPurpose purpose, const http::Request& request,
                   const RecoveryContext& context, DataWorker& worker) {
    const bool by_username = purpose == TicketPurpose::reset_password;
    Result<BodyReader> body =
        BodyReader::open(request.body, by_username ? std::span<const Member>(kResetRequest)
                                                   : std::span<const Member>(kMailRequest));
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    MailAsk wish;
    wish.purpose = purpose;
    wish.language = language_of(request);
    wish.redirect_to = body->optional_name("redirectTo");
    const auto email = body->optional_name("email");
    const auto username = by_username ? body->optional_name("username") : std::nullopt;
    if (email && username) {
        body->offend("email", "ambiguous", "Send an e-mail address or a username.");
    } else if (!email && !username) {
        body->offend("email", "required",
                     by_username ? "Send an e-mail address or a username."
                                 : "The member is missing or empty.");
    }
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    wish.kind = email ? NameKind::email : NameKind::username;
    wish.name = email ? *email : *username;
    return noted(ask_for_mail(wish, ask_ports(context, worker), context.mail), request, context);
}

}  // namespace

http::Response post_email_verification(const http::Request& request, const RecoveryContext& context,
                                       DataWorker& worker) {
    return ask(TicketPurpose::verify_email, request, context, worker);
}

http::Response post_reset_request(const http::Request& request, const RecoveryContext& context,
                                  DataWorker& worker) {
    return ask(TicketPurpose::reset_password, request, context, worker);
}

http::Response post_login_link(const http::Request& request, const RecoveryContext& context,
                               DataWorker& worker) {
    return ask(TicketPurpose::sign_in_link, request, context, worker);
}

http::Response post_login_code(const http::Request& request, const RecoveryContext& context,
                               DataWorker& worker) {
    return ask(TicketPurpose::sign_in_code, request, context, worker);
}

http::Response post_email_verify(const http::Request& request, const RecoveryContext& context,
                                 DataWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kTicketRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    std::string ticket = body->required_text("ticket");
    const WipeOnExit wiped(ticket);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const auto address = verify_email(ticket, ticket_ports(request, context, worker), context.mail);
    if (!address) {
        return refuse(address.error(), request, context.log);
    }
    context.wake();
    JsonWriter json;
    return private_json_reply(json.begin_object().member("email", *address).end_object().take());
}

http::Response post_email_change(const http::Request& request, const RecoveryContext& context,
                                 CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kEmailChangeRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    AddressChange change;
    const WipeOnExit wiped(change.current_password);
    change.new_email = body->optional_name("newEmail").value_or("");
    if (change.new_email.empty()) {
        body->offend("newEmail", "required", "The member is missing or empty.");
    }
    change.current_password = body->required_text("currentPassword");
    change.redirect_to = body->optional_name("redirectTo");
    change.language = language_of(request);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const Result<Credentials> credentials = read_access_token(request, context.browsers);
    const Result<Caller> caller =
        credentials ? authenticate(*credentials, {worker.sessions, context.verifier},
                                   context.policy.roles, request.now_s)
                    : credentials.error();
    if (!caller) {
        return refuse(caller.error(), request, context.log);
    }
    const PasswordPorts passwords{worker.sessions, worker.failures,  worker.hasher,
                                  context.judge,   context.throttle, context.sealer,
                                  context.random,  context.mail,     origin_of(request)};
    return noted(
        ask_for_change(*caller, change, passwords, ask_ports(context, worker), context.policy),
        request, context);
}

http::Response post_password_reset(const http::Request& request, const RecoveryContext& context,
                                   CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kResetByTicketRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    std::string ticket = body->required_text("ticket");
    std::string password = body->required_text("newPassword");
    const WipeOnExit wipe_ticket(ticket);
    const WipeOnExit wipe_password(password);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    return noted(reset_password(ticket, password, ticket_ports(request, context, worker),
                                worker.hasher, context.judge, context.mail),
                 request, context);
}

http::Response post_login_ticket(const http::Request& request, const RecoveryContext& context,
                                 DataWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kTicketRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    std::string ticket = body->required_text("ticket");
    const WipeOnExit wiped(ticket);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    return answer_signed_in(
        sign_in_by_ticket(ticket, client_of(request), ticket_ports(request, context, worker),
                          context.policy, context.mail, request.now_s),
        "login-by-link", request, {context.policy, context.browsers, context.log});
}

http::Response post_login_code_verify(const http::Request& request, const RecoveryContext& context,
                                      DataWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kCodeRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    CodeInput input{body->optional_name("email").value_or(""), body->required_text("code"),
                    client_of(request)};
    const WipeOnExit wiped(input.code);
    if (input.email.empty()) {
        body->offend("email", "required", "The member is missing or empty.");
    }
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    return answer_signed_in(
        sign_in_by_code(input, {worker.accounts, worker.failures, worker.codes, context.throttle},
                        ticket_ports(request, context, worker), context.policy, context.mail,
                        request.now_s),
        "login-by-code", request, {context.policy, context.browsers, context.log});
}

http::Response post_invitation_accept(const http::Request& request, const RecoveryContext& context,
                                      CryptoWorker& worker) {
    Result<BodyReader> body = BodyReader::open(request.body, kInvitationRequest);
    if (!body) {
        return refuse(body.error(), request, context.log);
    }
    InvitationInput input{body->required_text("ticket"), body->optional_name("username"),
                          body->required_text("password"), client_of(request)};
    const WipeOnExit wipe_ticket(input.ticket);
    const WipeOnExit wipe_password(input.password);
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    return answer_signed_in(
        accept_invitation(input, ticket_ports(request, context, worker), worker.hasher,
                          context.judge, context.policy, context.mail, request.now_s),
        "invitation-accepted", request, {context.policy, context.browsers, context.log});
}

}  // namespace signet::routes
