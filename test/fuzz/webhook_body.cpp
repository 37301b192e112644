#include "base/ascii.hpp"
#include "base/json_filter.hpp"
#include "routes/handlers.hpp"
#include "support/fuzz.hpp"

#include <boost/json/parse.hpp>

#include <limits>
#include <memory>
#include <string>
#include <variant>

namespace {

using namespace signet;
using test::hold;

constexpr std::string_view kToken = "t1";
// The GraphQL request may be nested deeper than Boost.JSON reads by default.
constexpr std::size_t kDepthMax = 1024;

struct OneToken final : TokenMemory {
    Result<TokenFacts> check(std::string_view token, std::int64_t) override {
        return token == kToken ? Result<TokenFacts>(TokenFacts{{}, {}, 900}) : Errc::invalid_token;
    }
};

struct OneUser final : LiveUsers {
    Known find(const Uuid&) override { return {user, false, {}}; }
    CacheState state() const override { return {true, false}; }
    Ticket begin_load(const Uuid& id) override { return {id, 0}; }
    void finish_load(const Ticket&, std::shared_ptr<const UserNow>) override {}
    void fail_load(const Ticket&, const Error&) override {}

    std::shared_ptr<const UserNow> user = std::make_shared<const UserNow>(
        UserNow{.id = {},
                .status = UserNow::Status::good,
                .roles = {{"editor", "user"}, "user", {}},
                .custom = {},
                .sessions = {{{}, std::numeric_limits<std::int64_t>::max()}},
                .ended = {},
                .loaded_at = {}});
};

http::Response ask(std::string body) {
    static OneToken tokens;
    static OneUser users;
    static const RolePolicy roles{"user", "", false};
    static const routes::BrowserPolicy browsers;
    static const Log log(LogLevel::error, LogFormat::json, -1);
    http::Request request;
    request.body = std::move(body);
    return std::get<http::Response>(
        routes::post_webhook(request, {roles, browsers, {tokens, users}, log}));
}

// Holds the answer against another reader's view of the body.
void check_answer(const boost::json::object& answer, const boost::json::object& body) {
    std::string role = "user";
    int credentials = 0;
    for (const auto& [name, value] : body.at("headers").as_object()) {
        const std::string lower = to_lower(name);
        if (lower == "authorization") {
            ++credentials;
            hold(to_lower(value.as_string()) == "bearer " + std::string(kToken) &&
                     value.as_string().ends_with(kToken),
                 "who comes in has the token");
        } else if (lower == "x-hasura-role" && !value.as_string().empty()) {
            role = value.as_string();
        }
    }
    hold(credentials == 1, "there is one Authorization");
    hold(answer.at("X-Hasura-Role").as_string() == role, "the role is the one that was asked for");
    hold(role == "editor" || role == "user", "the user has the role");
}

void run(std::string_view input) {
    std::string kept;
    JsonFilter("headers").feed(input, kept);
    for (const std::string& body : {std::string(input), kept}) {
        const http::Response response = ask(body);
        const auto answer = boost::json::parse(response.body).as_object();
        if (response.status == 200) {
            boost::json::parse_options options;
            options.max_depth = kDepthMax;
            check_answer(answer, boost::json::parse(body, {}, options).as_object());
        } else {
            hold(response.status == 400 || response.status == 401, "a refusal is 400 or 401");
        }
    }
}

const test::FuzzRegistration kTarget("webhook_body", run);

}  // namespace
