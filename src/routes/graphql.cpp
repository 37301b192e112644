#include "routes/graphql.hpp"

#include "base/json.hpp"
#include "base/json_tree.hpp"
#include "base/secret.hpp"
#include "graphql/execution.hpp"
#include "routes/actions.hpp"
#include "routes/reply.hpp"

#include <signet/service/authorize.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace signet::routes {
namespace {

using graphql::RootCall;
using graphql::RootError;

// Of the body, whose variables may hold metadata.
constexpr std::size_t kDepthMax = 32;

// The body of a request (GraphQL over HTTP, section 5.4).
struct GraphqlBody {
    JsonNode root;
    graphql::Query query = {};

    explicit GraphqlBody(JsonNode read) : root(std::move(read)) {}
    GraphqlBody(const GraphqlBody&) = delete;
    GraphqlBody& operator=(const GraphqlBody&) = delete;

    // Returns the member, or null if it is missing or null.
    const JsonNode* find(std::string_view name) const {
        const auto found = std::ranges::find(root.keys, name);
        if (found == root.keys.end()) {
            return nullptr;
        }
        const JsonNode& value = root.items[static_cast<std::size_t>(found - root.keys.begin())];
        return value.kind == JsonNode::Kind::null ? nullptr : &value;
    }
};

Result<std::unique_ptr<GraphqlBody>> read_body(std::string_view text) {
    std::optional<JsonNode> read = read_json_tree(text, kDepthMax);
    if (!read) {
        return Errc::invalid_json;
    }
    auto body = std::make_unique<GraphqlBody>(std::move(*read));
    if (body->root.kind != JsonNode::Kind::object) {
        return Error{Errc::object_expected, "no object; an array would be a batch"};
    }
    const JsonNode* query = body->find("query");
    const JsonNode* operation = body->find("operationName");
    body->query.variables = body->find("variables");
    if (query == nullptr) {
        return Error::field("/query", "required", "The member is missing.");
    }
    if (query->kind != JsonNode::Kind::string) {
        return Error::field("/query", "wrong-type", "A string is expected.");
    }
    if (operation != nullptr && operation->kind != JsonNode::Kind::string) {
        return Error::field("/operationName", "wrong-type", "A string is expected.");
    }
    if (body->query.variables != nullptr && body->query.variables->kind != JsonNode::Kind::object) {
        return Error::field("/variables", "wrong-type", "An object is expected.");
    }
    body->query.text = query->text;
    body->query.operation_name = operation == nullptr ? "" : std::string_view(operation->text);
    return body;
}

// The call of a root field as the request of a client that has no Hasura in front of it. Arguments
// that are null count as missing there, too.
http::Request request_of(const RootCall& call, const http::Request& request) {
    return client_request(request, write_secret_json(call.arguments));
}

http::Response get_user(const http::Request& client, const http::Request& request,
                        const AccountContext& context, DataWorker& worker) {
    const auto variable = [&](std::string_view name) {
        return std::string(request.header(name).value_or(""));
    };
    const Result<HasuraUser> user = find_user(
        {variable("x-hasura-role"), variable("x-hasura-user-id"), variable("x-hasura-session-id")},
        worker.sessions, context.roles);
    if (user) {
        return reply_with_account(user->account, user->roles);
    }
    return user.error().errc == Errc::missing_token ? get_me(client, context, worker)
                                                    : refuse(user.error(), request, context.log);
}

// The answers to the root fields of one request.
class RootFields {
public:
    RootFields(const http::Request& request, const Contexts& contexts, CryptoWorker& worker)
        : request_(request), contexts_(contexts), worker_(worker) {}

    std::variant<JsonNode, RootError> answer(RootCall& call) {
        constexpr int kNoContent = 204;
        constexpr int kFirstError = 300;
        http::Response response = run(call);
        for (http::Header& header : response.headers) {
            if (header.name == "Set-Cookie") {
                cookies_.push_back(std::move(header));
            }
        }
        not_before_ = std::max(not_before_, response.not_before);
        if (response.status >= kFirstError) {
            return error_of(response);
        }
        if (response.status == kNoContent) {
            return JsonNode{.kind = JsonNode::Kind::boolean, .text = "true"};
        }
        auto value = read_json_tree(response.body, kDepthMax);
        wipe(response.body);
        return value ? std::move(*value) : JsonNode();
    }

    http::Response finish(std::string body) {
        http::Response response = private_json_reply(std::move(body));
        std::ranges::move(cookies_, std::back_inserter(response.headers));
        response.not_before = not_before_;
        return response;
    }

private:
    http::Response run(RootCall& call) {
        const auto& sign_in = std::get<SignInContext>(contexts_);
        const auto& account = std::get<AccountContext>(contexts_);
        const http::Request client = request_of(call, request_);
        if (!origin_may_call(client, sign_in.browsers)) {
            return refuse(origin_refused(client), client, sign_in.log);
        }
        const std::string_view name =
            call.name.substr(std::get<GraphqlContext>(contexts_).root_prefix_bytes);
        return name == "signup"    ? post_signup(client, sign_in, worker_)
               : name == "login"   ? post_login(client, sign_in, worker_)
               : name == "refresh" ? post_refresh(client, sign_in, worker_)
               : name == "logout"  ? post_logout(client, sign_in, worker_)
                                   : get_user(client, request_, account, worker_);
    }

    static RootError error_of(const http::Response& problem) {
        const auto error = read_json_tree(to_action_error(problem).body, kDepthMax);
        RootError out;
        for (std::size_t i = 0; error && i < error->keys.size(); ++i) {
            if (error->keys[i] == "message") {
                out.message = error->items[i].text;
            } else {
                out.extensions = error->items[i];
            }
        }
        return out;
    }

    const http::Request& request_;
    const Contexts& contexts_;
    CryptoWorker& worker_;
    std::vector<http::Header> cookies_;
    std::chrono::steady_clock::time_point not_before_{};
};

// Thrown to end an execution of which only the first login is asked for.
struct LoginSeen {};

}  // namespace

http::Response to_graphql_error(const http::Response& problem) {
    http::Response response = to_action_error(problem);
    response.status = problem.status;
    response.body = R"({"errors":[)" + response.body + R"(],"data":null})";
    return response;
}

// It executes the query up to its first login, if there may be one. Names and keywords of GraphQL
// have no escapes, and Hasura, which alone has the secret, writes none of JSON into them. For the
// largest queries that are taken it needs some 2 ms of the I/O thread.
std::string name_at_graphql_login(const http::Request& request, const Contexts& contexts) {
    const auto& context = std::get<GraphqlContext>(contexts);
    std::string name;
    if (request.body.find("mutation") == std::string::npos ||
        request.body.find("login") == std::string::npos) {
        return name;
    }
    const auto body = read_body(request.body);
    if (!body) {
        return name;
    }
    try {
        graphql::execute(context.schema, (*body)->query,
                         [&](RootCall& call) -> std::variant<JsonNode, RootError> {
                             if (call.name.substr(context.root_prefix_bytes) == "login") {
                                 name = name_at_login(request_of(call, request),
                                                      std::get<SignInContext>(contexts));
                                 throw LoginSeen();
                             }
                             return JsonNode();
                         });
    } catch (const LoginSeen&) {
        return name;
    }
    return name;
}

http::Response post_graphql(const http::Request& request, const Contexts& contexts,
                            CryptoWorker& worker) {
    const auto body = read_body(request.body);
    if (!body) {
        return refuse(body.error(), request, std::get<SignInContext>(contexts).log);
    }
    RootFields fields(request, contexts, worker);
    std::string answer =
        graphql::execute(std::get<GraphqlContext>(contexts).schema, (*body)->query,
                         [&fields](RootCall& call) { return fields.answer(call); });
    return fields.finish(std::move(answer));
}

}  // namespace signet::routes
