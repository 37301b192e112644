#pragma once

#include "routes/handlers.hpp"
#include "support/test_app.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace signet::test {

// Sends requests about sessions as clients do.

inline boost::json::object sign_up(TestApp& app) {
    http::Request request = app.request(R"({"username":"alice","password":"good"})");
    request.headers.push_back({"user-agent", "curl/8"});
    request.remote_address = "203.0.113.7";
    return boost::json::parse(routes::post_signup(request, app.sign_in, app.crypto).body)
        .as_object();
}

inline std::string text_of(const boost::json::object& body, std::string_view member) {
    return std::string(body.at(member).as_string());
}

inline std::string body_with(const std::string& token) {
    return "{\"refreshToken\":\"" + token + "\"}";
}

inline http::Response refresh_with(TestApp& app, const std::string& token) {
    return routes::post_refresh(app.request(body_with(token)), app.sign_in, app.data);
}

inline http::Response end(TestApp& app, const std::string& token, const std::string& id) {
    http::Request request = app.bearer(token);
    request.path = "/sessions/" + id;
    return routes::delete_session(request, app.account, app.data);
}

inline std::vector<std::string> cookies_of(const http::Response& response) {
    std::vector<std::string> out;
    for (const http::Header& header : response.headers) {
        if (header.name == "Set-Cookie") {
            out.push_back(header.value);
        }
    }
    return out;
}

inline http::Request with_cookie(TestApp& app, const std::string& cookies,
                                 std::string body = "{}") {
    http::Request request = app.request(std::move(body));
    request.headers.push_back({"cookie", cookies});
    return request;
}

inline http::Response ask(TestApp& app, const http::Request& request) {
    return app.complete<routes::DataWorker>(routes::get_webhook(request, app.webhook), request);
}

}  // namespace signet::test
