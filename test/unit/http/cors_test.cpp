#include "http/cors.hpp"

#include "support/protocol_driver.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace signet::http;
using signet::test::ProtocolDriver;

namespace {

// The answer of a service that lists https://app.example.
std::string ask(std::string_view line, std::string_view headers) {
    ProtocolDriver driver;
    driver.send(std::string(line) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n");
    return driver.take_output();
}

bool has(const std::string& answer, std::string_view line) {
    return answer.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}

bool speaks_of_access(const std::string& answer) {
    return answer.find("Access-Control-") != std::string::npos;
}

}  // namespace

TEST_CASE("a page of a listed origin may read the answer, with credentials") {
    const std::string answer = ask("GET /hello", "Origin: https://app.example\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nDate: Sun, 09 Sep 2001 01:46:40 GMT\r\n"));
    CHECK(has(answer, "Access-Control-Allow-Origin: https://app.example"));
    CHECK(has(answer, "Access-Control-Allow-Credentials: true"));
    CHECK(has(answer, "Vary: Origin"));
    CHECK(answer.ends_with("\r\n\r\nhello"));
}

TEST_CASE("no other origin is let in or reflected, however near it is") {
    for (const std::string origin :
         {"https://evil.example", "https://app.example.evil", "https://app.example:443",
          "http://app.example", "https://APP.example", "https://app.example/", "null", "*", ""}) {
        CAPTURE(origin);
        const std::string answer = ask("GET /hello", "Origin: " + origin + "\r\n");
        CHECK_FALSE(speaks_of_access(answer));
        CHECK(has(answer, "Vary: Origin"));
    }
}

TEST_CASE("an answer without an origin varies by it too, or a cache would mix them up") {
    CHECK(has(ask("GET /hello", ""), "Vary: Origin"));
    CHECK_FALSE(speaks_of_access(ask("GET /hello", "")));
}

TEST_CASE("what the edge refuses can be read by a listed page") {
    const std::string answer = ask("GET /nowhere", "Origin: https://app.example\r\n");
    CHECK(answer.starts_with("HTTP/1.1 404"));
    CHECK(has(answer, "Access-Control-Allow-Origin: https://app.example"));
}

TEST_CASE("an origin of one request is forgotten with the next") {
    ProtocolDriver driver;
    driver.send("GET /hello HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n\r\n");
    driver.take_output();
    driver.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_FALSE(speaks_of_access(driver.take_output()));
}

TEST_CASE("a preflight is answered with the methods of the path, for a listed origin only") {
    const std::string asked = "Access-Control-Request-Method: POST\r\n";
    const std::string answer = ask("OPTIONS /echo", "Origin: https://app.example\r\n" + asked);
    CHECK(answer.starts_with("HTTP/1.1 204"));
    CHECK(has(answer, "Access-Control-Allow-Origin: https://app.example"));
    CHECK(has(answer, "Access-Control-Allow-Methods: POST, OPTIONS"));
    CHECK(has(answer, "Access-Control-Allow-Headers: Authorization, Content-Type"));
    CHECK(has(answer, "Access-Control-Max-Age: 600"));
    CHECK_FALSE(speaks_of_access(ask("OPTIONS /echo", "Origin: https://evil.example\r\n" + asked)));
    CHECK_FALSE(has(ask("OPTIONS /echo", "Origin: https://app.example\r\n"),
                    "Access-Control-Allow-Methods: POST, OPTIONS"));
}

TEST_CASE("pages may send the headers that are listed, beside those that every page needs") {
    const Cors cors({"app://-"}, {"traceparent", "X-App-Version"});
    Request request;
    request.headers = {{"origin", "app://-"}, {"access-control-request-method", "POST"}};
    Response response;
    cors.answer_preflight(request, "POST", response);
    REQUIRE(response.headers.size() == 3);
    CHECK(response.headers[1].value == "Authorization, Content-Type, traceparent, X-App-Version");
}

TEST_CASE("two origins are no request at all") {
    CHECK(ask("GET /hello", "Origin: https://app.example\r\nOrigin: https://evil.example\r\n")
              .starts_with("HTTP/1.1 400"));
}

TEST_CASE("without a list no answer says anything about origins") {
    const Cors none;
    CHECK(none.lines_for("https://app.example").empty());
    CHECK(none.lines_for(std::nullopt).empty());
}
