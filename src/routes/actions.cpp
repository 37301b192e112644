#include "routes/actions.hpp"

#include "base/json.hpp"
#include "base/secret.hpp"

#include <signet/domain/audit.hpp>
#include <signet/domain/claims.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/serializer.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace signet::routes {
namespace {

constexpr int kBadRequest = 400;
constexpr int kFirstServerError = 500;
// The metadata of a user may be 16 deep, in an argument in `input` in the payload.
constexpr std::size_t kActionDepthMax = 19;

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
        message.append(pointer)
            .append(pointer.empty() ? "" : ": ")
            .append(text_of(error, "detail"));
    }
    return message.empty() ? std::string(text_of(problem, "detail")) : message;
}

// Returns the one argument that holds the others, or null.
const boost::json::object* nested_in(const boost::json::object& input,
                                     std::span<const Member> known) {
    const boost::json::object* found = nullptr;
    for (const auto& [name, value] : input) {
        const bool plain =
            std::ranges::find(known, std::string_view(name), &Member::name) != known.end();
        if (plain || (found != nullptr && value.is_object())) {
            return nullptr;
        }
        found = value.is_object() ? &value.get_object() : found;
    }
    return found;
}

// Returns the JSON text of the arguments that the route knows. They may hold passwords, so the text
// never grows into other memory.
std::string body_of(const boost::json::object& given, std::span<const Member> known,
                    std::size_t bytes_max) {
    boost::json::object body(given.storage());
    for (const Member& member : known) {
        const boost::json::value* const value = given.if_contains(member.name);
        // What is empty counts as absent.
        if (value != nullptr && !(value->is_string() && value->get_string().empty())) {
            body.insert_or_assign(member.name, *value);
        }
        const bool nameless = member.name != "metadata" || (value != nullptr && !value->is_null());
        const auto* const name = nameless ? nullptr : given.if_contains("name");
        if (name != nullptr && !name->is_null()) {
            body.insert_or_assign(member.name,
                                  boost::json::object({{"name", *name}}, body.storage()));
        }
    }
    std::string text;
    text.reserve(bytes_max);
    boost::json::serializer serializer;
    serializer.reset(&body);
    std::array<char, 4096> piece{};
    while (!serializer.done()) {
        const auto read = serializer.read(piece.data(), piece.size());
        text.append(read.data(), read.size());
    }
    wipe(piece.data(), piece.size());
    return text;
}

// The headers that count, and those of the client's that they are: Hasura gives new names to those
// that it has itself. Of two for one, the first counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kClientHeaders{{
    {"authorization", "authorization"},
    {"cookie", "cookie"},
    {"accept-language", "accept-language"},
    {"x-forwarded-origin", "origin"},
    {"x-forwarded-user-agent", "user-agent"},
    {"user-agent", "user-agent"},
}};

}  // namespace

http::Request client_request(const http::Request& request, std::string body) {
    http::Request made;
    made.method = request.method;
    made.path = request.path;
    made.id = request.id;
    made.remote_address = request.remote_address;
    made.now_s = request.now_s;
    made.deadline = request.deadline;
    made.body = std::move(body);
    for (const auto& [sent, meant] : kClientHeaders) {
        if (const auto value = request.header(sent)) {
            made.headers.push_back({std::string(meant), std::string(*value)});
        }
    }
    return made;
}

namespace {

Result<HasuraUser> user_of(const ActionCall& call, const AccountContext& context,
                           SessionStore& sessions) {
    const Result<Credentials> credentials = read_access_token(call.request, context.browsers);
    if (!credentials) {
        return credentials.error();
    }
    if (credentials->kind == Credentials::Kind::none) {
        return find_user(call.session, sessions, context.roles);
    }
    Result<Caller> caller =
        authenticate(*credentials, {sessions, context.verifier}, context.roles, call.request.now_s);
    if (!caller) {
        return caller.error();
    }
    return HasuraUser{std::move(caller->account), std::move(caller->roles), caller->session};
}

// Ends the session of the user, or all of them.
Result<void> end_sessions(const HasuraUser& user, bool all, const Origin& origin,
                          SessionStore& sessions) {
    if (all) {
        const auto ended =
            sessions.end_all(user.account.id, std::nullopt, {"logout-everywhere", origin});
        return ended ? Result<void>() : ended.error();
    }
    if (!user.session) {
        return Error::field("/refreshToken", "required",
                            "Send the refresh token, or `all`: Hasura does not say which session "
                            "of the user this is.");
    }
    const auto ended = sessions.end(user.account.id, *user.session, {"logout", origin});
    return ended ? Result<void>() : ended.error();
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

Result<ActionCall> read_action(const http::Request& request, std::span<const Member> arguments,
                               const BrowserPolicy& browsers) {
    const Result<boost::json::object> payload = read_object(request.body, kActionDepthMax);
    if (!payload) {
        return payload.error();
    }
    const boost::json::value* const input = payload->if_contains("input");
    if (input == nullptr || !input->is_object()) {
        return Error::field("/input", "required",
                            "The payload of an action has the object `input`.");
    }
    const boost::json::object& flat = input->get_object();
    const boost::json::object* const nested = nested_in(flat, arguments);
    // JSON text that is written anew can be longer by a few bytes for each number.
    std::string body =
        body_of(nested == nullptr ? flat : *nested, arguments, 2 * request.body.size() + 64);
    ActionCall call{client_request(request, std::move(body)), {}};
    if (!origin_may_call(call.request, browsers)) {
        return origin_refused(call.request);
    }
    const boost::json::value* const variables = payload->if_contains("session_variables");
    if (variables != nullptr && variables->is_object()) {
        const boost::json::object& said = variables->get_object();
        call.session = {std::string(text_of(said, kRoleClaim)),
                        std::string(text_of(said, kUserIdClaim)),
                        std::string(text_of(said, kSessionIdClaim))};
    }
    return call;
}

http::Response to_action_answer(http::Response response) {
    constexpr int kNoContent = 204;
    if (response.status == kNoContent) {
        response.status = 200;
        response.content_type = http::kJsonMediaType;
        response.body = R"({"ok":true})";
    }
    return response;
}

http::Response act_me(const http::Request& request, const AccountContext& context,
                      DataWorker& worker) {
    const Result<ActionCall> call = read_action(request, {}, context.browsers);
    if (!call) {
        return refuse(call.error(), request, context.log);
    }
    const Result<HasuraUser> user = user_of(*call, context, worker.sessions);
    return user ? reply_with_account(user->account, user->roles)
                : refuse(user.error(), request, context.log);
}

http::Response act_logout(const http::Request& request, const Contexts& contexts,
                          DataWorker& worker) {
    const auto& context = std::get<AccountContext>(contexts);
    const Result<ActionCall> call = read_action(request, kLogoutRequest, context.browsers);
    if (!call) {
        return refuse(call.error(), request, context.log);
    }
    Result<BodyReader> body = BodyReader::open(call->request.body, kLogoutRequest);
    const bool by_token = !body || body->has("refreshToken") ||
                          (context.browsers.cookies &&
                           read_cookie(call->request.header("cookie"), kRefreshCookie).count > 0);
    if (by_token) {
        return to_action_answer(
            post_logout(call->request, std::get<SignInContext>(contexts), worker));
    }
    const bool all = body->optional_flag("all");
    if (const std::optional<Error> refusal = body->refusal()) {
        return refuse(*refusal, request, context.log);
    }
    const Result<HasuraUser> user = user_of(*call, context, worker.sessions);
    if (!user) {
        return refuse(user.error(), request, context.log);
    }
    const auto ended = end_sessions(*user, all, origin_of(call->request), worker.sessions);
    if (!ended) {
        return refuse(ended.error(), request, context.log);
    }
    context.log.write(LogLevel::info, all ? "logout-everywhere" : "logout",
                      {{"user", user->account.id.str()}, {"request", request.id}});
    http::Response response = to_action_answer(empty_reply());
    clear_cookies(context.browsers, response);
    return response;
}

http::Response refuse_unknown_action(const http::Request& request, const SignInContext& context) {
    return refuse(Errc::action_not_found, request, context.log);
}

}  // namespace signet::routes
