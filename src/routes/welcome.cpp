#include "routes/welcome.hpp"

#include "routes/cookies.hpp"
#include "routes/reply.hpp"

#include <string>

namespace signet::routes {

SessionClient client_of(const http::Request& request) {
    return describe_client(request.header("user-agent").value_or(""), request.remote_address);
}

http::Response welcome(const SignedIn& signed_in, const Occasion& occasion,
                       const http::Request& request, const Edge& edge) {
    const std::string& user = signed_in.account.id.str();
    for (const std::string& role : signed_in.roles.refused) {
        edge.log.write(LogLevel::warn, "role-left-out",
                       {{"role", role}, {"user", user}, {"request", request.id}});
    }
    edge.log.write(LogLevel::info, occasion.event,
                   {{"user", user},
                    {"session", signed_in.session.str()},
                    {"address", request.remote_address},
                    {"request", request.id}});
    http::Response response = private_json_reply(to_json(signed_in, occasion.where));
    if (!give_cookies(signed_in, edge.policy.sessions, edge.browsers, response)) {
        edge.log.write(LogLevel::error, "access-cookie-too-large",
                       {{"user", user}, {"request", request.id}});
    }
    return response;
}

}  // namespace signet::routes
