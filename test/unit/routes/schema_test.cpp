#include "base/ascii.hpp"
#include "http/response.hpp"
#include "routes/table.hpp"
#include "service/tickets.hpp"
#include "support/session_calls.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>

using namespace signet;
using namespace signet::routes;
using namespace signet::test;
namespace json = boost::json;

// What the rows of the table say of callers and bodies is what the handlers do.

namespace {

bool all(const json::value& value, bool (json::value::*is)() const noexcept) {
    return value.is_array() && std::ranges::all_of(value.as_array(), [is](const json::value& one) {
               return (one.*is)();
           });
}

bool is_time(const json::value& value) {
    return value.is_string() &&
           value.as_string().size() == std::string_view("2026-01-01T00:00:00Z").size() &&
           value.as_string().ends_with("Z");
}

bool fits(const json::value& value, const Member& member) {
    if (value.is_null()) {
        return member.nullable;
    }
    switch (member.type) {
        case JsonType::text:
            return value.is_string();
        case JsonType::integer:
            return value.is_int64();
        case JsonType::flag:
            return value.is_bool();
        case JsonType::time:
            return is_time(value);
        case JsonType::texts:
            return all(value, &json::value::is_string);
        case JsonType::object:
            return value.is_object();
        case JsonType::objects:
            return all(value, &json::value::is_object);
    }
    return false;
}

void check_members(const json::object& object, const Schema& schema) {
    std::size_t known = 0;
    for (const Member& member : schema.members) {
        CAPTURE(member.name);
        const json::value* value = object.if_contains(member.name);
        CHECK((value != nullptr || !member.required));
        CHECK((value == nullptr || fits(*value, member)));
        known += value == nullptr ? 0 : 1;
    }
    CHECK((known == object.size() || schema.form == Schema::Form::open_object));
}

json::value example_of(const Member& member) {
    return member.type == JsonType::object ? json::value(json::object{}) : json::value("x");
}

// A body with the members that have to be there.
json::object least_body(const Row& row) {
    json::object body;
    for (const Member& member : row.request.members) {
        if (member.required) {
            body[member.name] = example_of(member);
        }
    }
    return body;
}

// The code of the offence at `member`, or nothing.
std::string offence(TestApp& app, const Row& row, const json::object& body,
                    std::string_view member) {
    const json::value answer =
        json::parse(app.answer(row, app.request(json::serialize(body))).body);
    if (const json::value* errors = answer.as_object().if_contains("errors")) {
        for (const json::value& error : errors->as_array()) {
            if (error.at("pointer").as_string() == "/" + std::string(member)) {
                return std::string(error.at("code").as_string());
            }
        }
    }
    return "";
}

// Gives the user a mailed ticket, or a code. Returns its text.
std::string mail_ticket(TestApp& app, const UserId& user, TicketPurpose purpose) {
    const bool is_code = purpose == TicketPurpose::sign_in_code;
    std::string sent = is_code ? std::string("123456") : std::string(kTicketLength, 'A');
    NewTicket ticket{.user = user, .purpose = purpose, .address = text("alice@example.org")};
    ticket.hash = is_code ? code_hash(user, sent, app.sealer) : ticket_hash(sent);
    app.tables->row_of(user)->email = "alice@example.org";
    app.tables->tickets.push_back({ticket, 0, app.tables->now_ms() + 3'600'000});
    return sent;
}

// A good body for a route of mails.
std::string mail_body(TestApp& app, const Row& row, const UserId& user) {
    if (row.path == "/email/change") {
        return R"({"newEmail":"alice@example.net","currentPassword":"good"})";
    }
    if (row.path == "/login/code/verify") {
        return R"({"email":"alice@example.org","code":")" +
               mail_ticket(app, user, TicketPurpose::sign_in_code) + R"("})";
    }
    constexpr std::tuple<std::string_view, TicketPurpose, const char*> kByTicket[] = {
        {"/email/verify", TicketPurpose::verify_email, ""},
        {"/password/reset", TicketPurpose::reset_password, R"(,"newPassword":"better")"},
        {"/login/ticket", TicketPurpose::sign_in_link, ""},
        {"/invitation/accept", TicketPurpose::accept_invitation, R"(,"password":"better")"}};
    for (const auto& [path, purpose, more] : kByTicket) {
        if (row.path == path) {
            return R"({"ticket":")" + mail_ticket(app, user, purpose) + '"' + more + '}';
        }
    }
    return R"({"email":"alice@example.org"})";
}

// The row of which this one is an action.
const Row* route_of(const Row& action) {
    std::string name(action.operation_id.substr(std::string_view("action").size()));
    name.front() = to_lower(name.front());
    const auto route = std::ranges::find(table(), name, &Row::operation_id);
    return route == table().end() ? nullptr : &*route;
}

bool is_action(const Row& row) {
    return row.operation_id.starts_with("action");
}

// A request that the row answers with success, of a user who has just signed up.
http::Request good_request(TestApp& app, const Row& row) {
    const json::object signed_up = sign_up(app);
    const std::string token = text_of(signed_up, "token");
    http::Request request = app.bearer(token);
    const auto is = [&](http::Method method, std::string_view path) {
        return row.method == method && row.path == path;
    };
    if (is(http::Method::post, "/signup") || is(http::Method::post, "/auth/register") ||
        is(http::Method::post, "/SignUp")) {
        request.body =
            R"({"username":"bob","email":"bob@example.org","password":"good","metadata":{}})";
    } else if (is(http::Method::post, "/login") || is(http::Method::post, "/auth/login") ||
               is(http::Method::post, "/SignIn")) {
        request.body = R"({"username":"alice","password":"good"})";
    } else if (is(http::Method::post, "/password")) {
        request.body = R"({"currentPassword":"good","newPassword":"better"})";
    } else if (is(http::Method::patch, "/me")) {
        request.body = R"({"metadata":{"a":[1]}})";
    } else if (is(http::Method::delete_, "/me")) {
        request.body = R"({"currentPassword":"good"})";
    } else if (is(http::Method::post, "/webhook")) {
        request.body = R"({"headers":{"authorization":"Bearer )" + token + R"("},"version":1})";
    } else if (row.by_mail) {
        request.body = mail_body(app, row, UserId::parse(text_of(signed_up, "id")).value());
    } else if (!row.request.members.empty()) {
        request.body = body_with(text_of(signed_up, "refreshToken"));
    }
    request.path = row.path == "/sessions/{id}" ? "/sessions/" + app.tokens.claims(token).session_id
                                                : std::string(row.path);
    return request;
}

// The same for an action.
http::Request good_call(TestApp& app, const Row& row) {
    http::Request request = good_request(app, is_action(row) ? *route_of(row) : row);
    request.body = R"({"action":{"name":"x"},"input":)" +
                   (request.body.empty() ? "{}" : request.body) +
                   R"(,"session_variables":{"x-hasura-role":"user"},"request_query":""})";
    return request;
}

json::value body_of(const http::Response& response) {
    if (response.cached == nullptr) {
        return json::parse(response.body);
    }
    std::string bytes;
    response.cached->append_to(bytes, "Sat, 21 Nov 2026 14:20:09 GMT", false, false);
    return json::parse(bytes.substr(bytes.find("\r\n\r\n") + 4));
}

}  // namespace

TEST_CASE("every route answers with the members that its row describes") {
    for (const Row& row : table()) {
        CAPTURE(row.operation_id);
        if (row.page || row.metrics || row.path == "/graphql") {
            continue;  // pages_test.cpp, metrics_test.cpp, graphql_test.cpp
        }
        if (is_action(row) && route_of(row) == nullptr) {
            continue;  // actions_test.cpp
        }
        TestApp app;
        const http::Response response =
            app.answer(row, row.with_secret() ? good_call(app, row) : good_request(app, row));
        CHECK(response.status == (row.response.members.empty() ? 204 : 200));
        if (row.response.members.empty()) {
            CHECK(response.body.empty());
        } else if (row.response.form == Schema::Form::array) {
            const json::value list = body_of(response);
            CHECK(list.as_array().size() == 1);
            check_members(list.at(0).as_object(), row.response);
        } else {
            check_members(body_of(response).as_object(), row.response);
        }
    }
}

TEST_CASE("every route takes the members that its row describes, and only those") {
    for (const Row& row : table()) {
        CAPTURE(row.operation_id);
        if (row.page || row.metrics || row.path == "/graphql") {
            continue;  // pages_test.cpp, metrics_test.cpp, graphql_test.cpp
        }
        if (is_action(row) && route_of(row) == nullptr) {
            continue;  // actions_test.cpp
        }
        CHECK(row.request.members.empty() == (row.body_bytes_max == 0));
        TestApp app;
        for (const Member& member : row.request.members) {
            CAPTURE(member.name);
            json::object body = least_body(row);
            if (member.required) {
                body.erase(member.name);
                CHECK(offence(app, row, body, member.name) == "required");
            }
            body[member.name] = 1;
            CHECK(offence(app, row, body, member.name) ==
                  (row.request.form == Schema::Form::object ? "wrong-type" : "required"));
            if (member.bytes_max > 0) {
                const std::string long_text(member.bytes_max + 1, 'x');
                body[member.name] = member.type == JsonType::object
                                        ? json::value(json::object{{"x", long_text}})
                                        : json::value(long_text);
                CHECK(offence(app, row, body, member.name) == "too-long");
                const http::Request request = app.request(json::serialize(body));
                CHECK(app.answer(row, request)
                          .body.find("At most " + std::to_string(member.bytes_max) + " bytes") !=
                      std::string::npos);
            }
        }
        if (!row.request.members.empty()) {
            json::object body = least_body(row);
            body["further"] = "x";
            CHECK(offence(app, row, body, "further") ==
                  (row.request.form == Schema::Form::object ? "unknown-field" : ""));
        }
    }
}

TEST_CASE("a route asks for an access token where its row says so") {
    for (const Row& row : table()) {
        CAPTURE(row.operation_id);
        if (row.with_secret()) {
            continue;  // whom an action is for stands in its body, too: actions_test.cpp
        }
        TestApp app;
        http::Request request = app.request();
        request.body = row.request.members.empty() ? "" : json::serialize(least_body(row));
        const http::Response response = app.answer(row, request);
        const bool asks = header_of(response, "WWW-Authenticate") == "Bearer";
        CHECK(asks == (row.caller == CallerKind::bearer || row.caller == CallerKind::hasura));
        CHECK((response.status == 401 || !asks));
    }
}

TEST_CASE("every row says in a sentence of its own what the route is for") {
    for (const Row& row : table()) {
        CAPTURE(row.operation_id);
        CHECK(row.summary.size() > 20);
        CHECK(row.summary.ends_with('.'));
        CHECK(std::ranges::count(table(), row.summary, &Row::summary) == 1);
    }
}
