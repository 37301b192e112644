#include "base/ascii.hpp"
#include "base/json.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <signet/service/webhook.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace signet::routes {
namespace {

// These limits only bound our work: what clients may send is for Hasura to decide.
constexpr JsonLimits kWebhookLimits{
    .depth_max = 4, .members_max = 1024, .elements_max = 16, .floats = true};

// Flat, strings only, no two names that differ by case only.
std::string to_json(const WebhookAnswer& answer) {
    constexpr std::size_t kUsualBytes = 256;
    JsonWriter json;
    json.reserve(kUsualBytes);
    json.begin_object().member("X-Hasura-Role", answer.role);
    if (answer.user) {
        json.member("X-Hasura-User-Id", answer.user->id.str());
        json.member("X-Hasura-Session-Id", answer.session.str());
        for (const auto& [name, value] : answer.user->custom) {
            json.member(name, value);
        }
    }
    if (answer.max_age_s > 0) {
        json.member("Cache-Control", "max-age=" + std::to_string(answer.max_age_s));
    }
    return json.end_object().take();
}

// The headers of a client that say who it is and which role it asks for.
struct ClientHeaders {
    std::optional<std::string_view> authorization;
    std::optional<std::string_view> cookie;
    std::optional<std::string_view> origin;
    std::optional<std::string_view> role;
};

// A browser sends the cookie whichever page asks, so if
// Hasura passes Origin on, it has to be one that is listed.
Credentials read_credentials(const ClientHeaders& headers, const BrowserPolicy& browsers) {
    SentToken token = find_access_token(headers.authorization, headers.cookie, browsers);
    const bool may = !token.by_cookie || !headers.origin || is_listed(*headers.origin, browsers);
    return may ? std::move(token.credentials) : Credentials{Credentials::Kind::malformed, {}};
}

WebhookQuestion to_question(const ClientHeaders& client, const BrowserPolicy& browsers) {
    return {read_credentials(client, browsers),
            client.role ? std::optional<std::string>(*client.role) : std::nullopt};
}

http::Response reply_to(const Result<WebhookAnswer>& outcome, const http::Request& request,
                        const Log& log) {
    return outcome ? private_json_reply(to_json(*outcome)) : refuse(outcome.error(), request, log);
}

// Called when a user is read, so that the log does not have it with every request.
void log_refused_roles(const WebhookAnswer& answer, const http::Request& request,
                       const WebhookContext& context) {
    for (const std::string& role : answer.user->roles.refused) {
        context.log.write(
            LogLevel::warn, "role-left-out",
            {{"role", role}, {"user", answer.user->id.str()}, {"request", request.id}});
    }
}

http::Response ask_store(const OpenQuestion& question, const http::Request& request,
                         const WebhookContext& context, DataWorker& worker) {
    const Result<WebhookAnswer> outcome = answer_from_store(
        question, {context.memory.users, worker.users}, context.roles, request.now_s);
    if (outcome && outcome->user) {
        log_refused_roles(*outcome, request, context);
    }
    return reply_to(outcome, request, context.log);
}

Attempt<DataWorker> attempt(const WebhookQuestion& question, const http::Request& request,
                            const WebhookContext& context) {
    auto step = answer_from_memory(question, context.memory, context.roles, request.now_s);
    if (const auto* answer = std::get_if<WebhookAnswer>(&step)) {
        return private_json_reply(to_json(*answer));
    }
    if (const auto* error = std::get_if<Error>(&step)) {
        return refuse(*error, request, context.log);
    }
    const Uuid user = std::get<OpenQuestion>(step).token.user;
    return LaneWork<DataWorker>{user, [open = std::get<OpenQuestion>(std::move(step)), &context](
                                          const http::Request& same, DataWorker& worker) {
                                    return ask_store(open, same, context, worker);
                                }};
}

// Takes the headers that matter out of the body's `headers` object. Two names that differ only by
// case are refused, because nobody can say which one the client meant.
Result<WebhookQuestion> read_headers(const boost::json::object& headers,
                                     const BrowserPolicy& browsers) {
    ClientHeaders client;
    for (const auto& member : headers) {
        const boost::json::string* value = member.value().if_string();
        if (value == nullptr) {
            return Error::field("/headers", "wrong-type", "Every header has to be a string.");
        }
        const std::string name = to_lower(member.key());
        std::optional<std::string_view>* wanted = nullptr;
        if (name == "authorization") {
            wanted = &client.authorization;
        } else if (name == "cookie") {
            wanted = &client.cookie;
        } else if (name == "origin") {
            wanted = &client.origin;
        } else if (name == "x-hasura-role") {
            wanted = &client.role;
        }
        if (wanted == nullptr) {
            continue;
        }
        if (*wanted) {
            return Error{Errc::invalid_token, "the webhook body has a header twice"};
        }
        *wanted = std::string_view(*value);
    }
    return to_question(client, browsers);
}

Result<WebhookQuestion> read_question(std::string_view body, const BrowserPolicy& browsers) {
    std::variant<boost::json::value, JsonFault> parsed = read_json(body, kWebhookLimits);
    if (const JsonFault* fault = std::get_if<JsonFault>(&parsed)) {
        return *fault == JsonFault::duplicate_key ? Errc::duplicate_key : Errc::invalid_json;
    }
    const boost::json::object* root = std::get<boost::json::value>(parsed).if_object();
    if (root == nullptr) {
        return Errc::object_expected;
    }
    const boost::json::value* headers = root->if_contains("headers");
    if (headers == nullptr || !headers->is_object()) {
        return Error::field("/headers", "required", "An object of header names and values.");
    }
    return read_headers(headers->get_object(), browsers);
}

}  // namespace

Attempt<DataWorker> get_webhook(const http::Request& request, const WebhookContext& context) {
    const ClientHeaders client{request.header("authorization"), request.header("cookie"),
                               request.header("origin"), request.header("x-hasura-role")};
    return attempt(to_question(client, context.browsers), request, context);
}

// Identity comes from the body alone: the request's own headers are Hasura's.
Attempt<DataWorker> post_webhook(const http::Request& request, const WebhookContext& context) {
    const Result<WebhookQuestion> question = read_question(request.body, context.browsers);
    return question ? attempt(*question, request, context)
                    : refuse(question.error(), request, context.log);
}

}  // namespace signet::routes
