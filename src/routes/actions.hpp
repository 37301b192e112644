#pragma once

#include "http/message.hpp"
#include "routes/body.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <signet/result.hpp>
#include <signet/service/authorize.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>

// Hasura Actions: each is a route for clients, called by Hasura with its arguments in place of a
// body.
namespace signet::routes {

// Beside the input, Hasura sends the whole query of its client, and where that client is anonymous,
// each of its headers x-hasura-….
inline constexpr std::size_t kActionBodyBytesMax = std::size_t{256} * 1024;

// With further members, of which `session_variables` says for whom Hasura calls.
inline constexpr std::array kActionRequest{
    Member{.name = "input", .type = JsonType::object, .required = true, .meaning = &means::kInput},
};
// What an action answers whose route answers nothing, because Hasura wants an object.
inline constexpr std::array kDoneAnswer{
    Member{.name = "ok", .type = JsonType::flag, .required = true, .meaning = &means::kDone},
};

// An http::ProblemForm: the error of an action, {message, extensions: {code, instance, errors?,
// retryAfter?}}, of which Hasura passes on nothing else. A 5xx becomes 400, because of that
// Hasura's client would only be told "internal error".
http::Response to_action_error(const http::Response& problem);

// Returns the request of Hasura's client with this body. Of its headers, which Hasura sends along
// if it is told to, those are kept that say who the client is and where it comes from.
http::Request client_request(const http::Request& request, std::string body);

// A call of an action: the request as a client of Signet's own would have sent it, and for whom
// Hasura calls.
struct ActionCall {
    http::Request request;
    HasuraSession session;
};

// Reads the arguments: flat, or in the one argument there is, if that is an object that the route
// does not know by its name. Arguments that it does not know are left out; but a `name` is kept as
// metadata where the route has that. Of the headers of Hasura's client, which Hasura sends along if
// it is told to, those are kept that say who the client is and where it comes from. Errors: those
// of read_object(), and origin_not_allowed if the client is a web page that may not call.
Result<ActionCall> read_action(const http::Request& request, std::span<const Member> arguments,
                               const BrowserPolicy& browsers);

// Makes an object of an answer without a body.
http::Response to_action_answer(http::Response response);

// The handler of a route as that of an action with these arguments.
template <auto handler, const auto& arguments>
struct Action;
template <class Answer, class Context, class... Worker,
          Answer (*handler)(const http::Request&, const Context&, Worker&...),
          const auto& arguments>
struct Action<handler, arguments> {
    static http::Response call(const http::Request& request, const Contexts& contexts,
                               Worker&... worker) {
        const auto& context = std::get<Context>(contexts);
        const Result<ActionCall> call = read_action(request, arguments, context.browsers);
        return call ? to_action_answer(handler(call->request, context, worker...))
                    : refuse(call.error(), request, context.log);
    }
    // The same for an AccountOf.
    static std::string account(const http::Request& request, const Contexts& contexts) {
        const auto& context = std::get<Context>(contexts);
        const Result<ActionCall> call = read_action(request, arguments, context.browsers);
        return call ? handler(call->request, context) : std::string();
    }
};

// Of a client that has sent its access token or its cookie along, or for whom Hasura vouches.
http::Response act_me(const http::Request& request, const AccountContext& context,
                      DataWorker& worker);
// Without a refresh token, it ends the session or all sessions of such a client.
http::Response act_logout(const http::Request& request, const Contexts& contexts,
                          DataWorker& worker);
http::Response refuse_unknown_action(const http::Request& request, const SignInContext& context);

}  // namespace signet::routes
