#include "routes/actions.hpp"

#include "base/json.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace signet::routes {
namespace {

constexpr int kBadRequest = 400;
constexpr int kFirstServerError = 500;

std::string_view text_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

// Most clients show the message only, so it names the arguments that have to change.
std::string message_of(const boost::json::object& problem, const boost::json::array& errors) {
    std::string message;
    for (const boost::json::value& one : errors) {
        const boost::json::object& error = one.as_object();
        std::string_view pointer = text_of(error, "pointer");
        pointer.remove_prefix(
            std::min<std::size_t>(pointer.find_first_not_of('/'), pointer.size()));
        message += message.empty() ? "" : " ";
        message.append(pointer).append(": ").append(text_of(error, "detail"));
    }
    return message.empty() ? std::string(text_of(problem, "detail")) : message;
}

}  // namespace

http::Response to_action_error(const http::Response& problem) {
    const boost::json::value parsed = boost::json::parse(problem.body);
    const boost::json::object& members = parsed.as_object();
    const boost::json::value* const listed = members.if_contains("errors");
    const boost::json::array errors = listed != nullptr ? listed->as_array() : boost::json::array();
    JsonWriter json;
    json.begin_object().member("message", message_of(members, errors));
    json.key("extensions").begin_object().member("code", text_of(members, "code"));
    json.member("instance", text_of(members, "instance"));
    if (!errors.empty()) {
        json.key("errors").raw(boost::json::serialize(errors));
    }
    const auto retry = std::ranges::find(problem.headers, "Retry-After", &http::Header::name);
    if (retry != problem.headers.end()) {
        json.key("retryAfter").raw(retry->value);
    }
    http::Response response = json_reply(json.end_object().end_object().take());
    response.status = problem.status < kFirstServerError ? problem.status : kBadRequest;
    response.headers = problem.headers;
    response.not_before = problem.not_before;
    return response;
}

http::Response refuse_unknown_action(const http::Request& request, const SignInContext& context) {
    return refuse(Errc::action_not_found, request, context.log);
}

}  // namespace signet::routes
