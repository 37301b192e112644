#include "routes/signed_in_reply.hpp"

#include "base/json.hpp"
#include "routes/reply.hpp"

#include <string>

namespace signet::routes {
namespace {

std::string to_json(const SignedIn& signed_in, RefreshTokenIn where) {
    JsonWriter json;
    json.begin_object();
    write_identity(json, signed_in.account, signed_in.roles, NoEmail::left_out);
    json.member("token", signed_in.token);
    json.member("expiresIn", signed_in.expires_in_s);
    if (where == RefreshTokenIn::body) {
        json.member("refreshToken", signed_in.refresh_token);
    }
    return json.end_object().take();
}

}  // namespace

SessionClient client_of(const http::Request& request) {
    return describe_client(request.header("user-agent").value_or(""), request.remote_address);
}

void note_signed_in(const SignedIn& signed_in, std::string_view event, const http::Request& request,
                    const SignedInReply& reply, http::Response& response) {
    const std::string& user = signed_in.account.id.str();
    for (const std::string& role : signed_in.roles.refused) {
        reply.log.write(LogLevel::warn, "role-left-out",
                        {{"role", role}, {"user", user}, {"request", request.id}});
    }
    reply.log.write(LogLevel::info, event,
                    {{"user", user},
                     {"session", signed_in.session.str()},
                     {"address", request.remote_address},
                     {"request", request.id}});
    if (!set_cookies(signed_in, reply.policy.sessions, reply.browsers, response)) {
        reply.log.write(LogLevel::error, "access-cookie-too-large",
                        {{"user", user}, {"request", request.id}});
    }
}

http::Response reply_with_tokens(const SignedIn& signed_in, const SignInEvent& event,
                                 const http::Request& request, const SignedInReply& reply) {
    http::Response response = private_json_reply(to_json(signed_in, event.where));
    note_signed_in(signed_in, event.name, request, reply, response);
    return response;
}

http::Response answer_signed_in(const Result<SignedIn>& outcome, std::string_view event,
                                const http::Request& request, const SignedInReply& reply) {
    return outcome ? reply_with_tokens(*outcome, {event, RefreshTokenIn::body}, request, reply)
                   : refuse(outcome.error(), request, reply.log);
}

}  // namespace signet::routes
