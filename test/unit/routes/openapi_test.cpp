#include "routes/openapi.hpp"

#include "base/ascii.hpp"
#include "http/response.hpp"
#include "support/test_app.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

using namespace signet;
using namespace signet::routes;
using signet::test::TestApp;
namespace json = boost::json;

namespace {

json::value document(const ApiScope& scope) {
    return json::parse(openapi_json(scope));
}

// The operation of a row, or null.
const json::object* operation_of(const json::value& document, const Row& row) {
    const json::value* const path = document.at("paths").as_object().if_contains(row.path);
    std::string method(http::to_string(row.method));
    std::ranges::transform(method, method.begin(), [](char c) { return to_lower(c); });
    const json::value* const found =
        path == nullptr ? nullptr : path->as_object().if_contains(method);
    return found == nullptr ? nullptr : &found->as_object();
}

std::size_t operations(const json::value& document) {
    std::size_t count = 0;
    for (const auto& path : document.at("paths").as_object()) {
        count += path.value().as_object().size();
    }
    return count;
}

const json::value& schema(const json::value& document, std::string_view name) {
    return document.at("components").at("schemas").at(name);
}

bool names(const json::value& list, std::string_view name) {
    return std::ranges::any_of(list.as_array(),
                               [&](const json::value& one) { return one.as_string() == name; });
}

bool has_the_type(const json::value& value, JsonType type) {
    switch (type) {
        case JsonType::text:
        case JsonType::time:
            return value.is_string();
        case JsonType::integer:
            return value.is_int64();
        case JsonType::flag:
            return value.is_bool();
        case JsonType::object:
            return value.is_object();
        case JsonType::texts:
        case JsonType::objects:
            return value.is_array();
    }
    return false;
}

}  // namespace

TEST_CASE("the description has the routes that are there, each once, and no others") {
    for (const bool mail : {false, true}) {
        for (const bool action_secret : {false, true}) {
            const ApiScope scope{.mail = mail, .action_secret = action_secret};
            const json::value described = document(scope);
            std::size_t there = 0;
            for (const Row& row : table()) {
                CAPTURE(row.operation_id);
                const json::object* const operation = operation_of(described, row);
                CHECK((operation != nullptr) == (is_there(row, scope) && !row.hidden));
                there += operation == nullptr ? 0 : 1;
                if (operation != nullptr) {
                    CHECK(operation->at("operationId").as_string() == row.operation_id);
                    CHECK(operation->at("summary").as_string() == row.summary);
                    CHECK(operation->contains("requestBody") == (row.body_bytes_max > 0));
                    CHECK(operation->contains("x-signet-setting") ==
                          (row.by_mail || row.with_secret() || row.to_try));
                }
            }
            CHECK(operations(described) == there);
        }
    }
}

TEST_CASE("only the refusal of an action that there is not stays out of the description") {
    CHECK(std::ranges::count(table(), true, &Row::hidden) == 1);
    CHECK(std::ranges::find(table(), true, &Row::hidden)->path == "/actions/{id}");
}

TEST_CASE("every member of a body says what it stands for, with an example of its type") {
    for (const Row& row : table()) {
        CAPTURE(row.operation_id);
        for (const auto members : {row.query, row.headers, row.request.members, row.input.members,
                                   row.response.members, row.further.body.members}) {
            for (const Member& member : members) {
                CAPTURE(member.name);
                REQUIRE(member.meaning != nullptr);
                CHECK(member.meaning->about.ends_with('.'));
                CHECK(has_the_type(json::parse(member.meaning->example), member.type));
            }
        }
        for (const Schema* const body : {&row.request, &row.response, &row.further.body}) {
            CHECK(body->members.empty() == body->name.empty());
        }
    }
}

TEST_CASE("bodies of one name have the same members") {
    std::map<std::string_view, const Member*> bodies;
    for (const Row& row : table()) {
        for (const Schema* const body : {&row.request, &row.response, &row.further.body}) {
            if (!body->members.empty()) {
                CAPTURE(body->name);
                CHECK(bodies.emplace(body->name, body->members.data()).first->second ==
                      body->members.data());
            }
        }
    }
}

TEST_CASE("members that a route refuses are refused by the schema of its body") {
    const json::value described = document({});
    CHECK(schema(described, "SignupRequest").at("additionalProperties") == false);
    CHECK(schema(described, "WebhookRequest").at("additionalProperties") == true);
    CHECK(!schema(described, "SignedIn").as_object().contains("additionalProperties"));
}

TEST_CASE("the description says how long a new password has to be here") {
    const json::value described = document({.password_length_min = 12});
    const auto least = [&](std::string_view body, std::string_view member) {
        return schema(described, body).at("properties").at(member).at("minLength").as_int64();
    };
    CHECK(least("SignupRequest", "password") == 12);
    CHECK(least("PasswordRequest", "newPassword") == 12);
    CHECK(least("PasswordRequest", "currentPassword") == 1);
}

TEST_CASE("a refresh token may be left out only where a cookie can hold it") {
    for (const bool cookies : {false, true}) {
        const json::value described = document({.cookies = cookies});
        for (const std::string_view body : {"RefreshRequest", "SignedIn"}) {
            const json::value* const required =
                schema(described, body).as_object().if_contains("required");
            CHECK((required != nullptr && names(*required, "refreshToken")) == !cookies);
        }
        CHECK(described.at("components")
                  .at("securitySchemes")
                  .as_object()
                  .contains("refreshCookie") == cookies);
    }
}

TEST_CASE("each code of a route stands at its status, with what may be wrong with members at 400") {
    const json::value described = document({});
    for (const Row& row : table()) {
        if (row.hidden || row.page || row.problem_form != nullptr) {
            continue;
        }
        CAPTURE(row.operation_id);
        const json::object& answers = operation_of(described, row)->at("responses").as_object();
        CHECK(answers.contains("default"));
        const auto stands = [&](int status, std::string_view code) {
            return names(answers.at(std::to_string(status))
                             .at("content")
                             .at("application/problem+json")
                             .at("schema")
                             .at("allOf")
                             .at(1)
                             .at("properties")
                             .at("code")
                             .at("enum"),
                         code);
        };
        for (const Refused& refused : refusals_of(row, {})) {
            CAPTURE(refused.code);
            CHECK((refused.status == row.further.status || stands(refused.status, refused.code)));
        }
        for (const std::string_view fault : faults_of(row)) {
            CAPTURE(fault);
            CHECK(stands(400, fault));
        }
    }
}

TEST_CASE("to Hasura a fault of the service is 400, and so it is described") {
    const auto action = std::ranges::find(table(), "actionSignup", &Row::operation_id);
    for (const Refused& refused : refusals_of(*action, {})) {
        CHECK(refused.status < 500);
    }
}

TEST_CASE("a page of another origin is refused only where browsers send cookies") {
    const auto login = std::ranges::find(table(), "login", &Row::operation_id);
    for (const bool cookies : {false, true}) {
        const auto refusals = refusals_of(*login, {.cookies = cookies});
        CHECK((std::ranges::find(refusals, "origin-not-allowed", &Refused::code) !=
               refusals.end()) == cookies);
    }
}

TEST_CASE("the version is that of the description") {
    TestApp app;
    const ApiContext api = describe_api({.version = "1.2.3"});
    CHECK(get_version(app.request(), api).body == R"({"version":"1.2.3"})");
}

TEST_CASE("the description is an answer that is made once and may be kept by caches") {
    TestApp app;
    std::string bytes;
    const http::Response response = get_openapi(app.request(), app.api);
    REQUIRE(response.cached != nullptr);
    CHECK(response.cached == get_openapi(app.request(), app.api).cached);
    response.cached->append_to(bytes, "Sat, 21 Nov 2026 14:20:09 GMT", false, false);
    CHECK(bytes.find("Cache-Control: public, max-age=300\r\n") != std::string::npos);
    const json::value described = json::parse(bytes.substr(bytes.find("\r\n\r\n") + 4));
    CHECK(described.at("servers").at(0).at("url").as_string() == "http://auth.test");
}
