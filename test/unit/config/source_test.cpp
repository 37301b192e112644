#include "config/source.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <string>
#include <utility>
#include <vector>

using signet::config::Dotenv;
using signet::config::is_injected;
using signet::config::read_dotenv;
using signet::config::Variables;

namespace {

// The line number that is refused; 0: none, -1: several.
int refused_line(std::string_view text) {
    const Dotenv dotenv = read_dotenv(text);
    if (dotenv.errors.empty()) {
        return 0;
    }
    constexpr std::string_view kPrefix = ".env line ";
    return dotenv.errors.size() > 1 ? -1 : std::stoi(dotenv.errors[0].name.substr(kPrefix.size()));
}

std::string value_of(std::string_view text) {
    const Dotenv dotenv = read_dotenv(text);
    REQUIRE(dotenv.errors.empty());
    REQUIRE(dotenv.variables.contains("AUTH_A"));
    return dotenv.variables.at("AUTH_A");
}

}  // namespace

TEST_CASE("a .env has assignments, export, comments and blank lines") {
    const Dotenv dotenv =
        read_dotenv("# c\n\nAUTH_A=1\r\nexport HOST=2\n  DATABASE_URL_FILE=3\n# end");
    CHECK(dotenv.errors.empty());
    CHECK(dotenv.variables ==
          Variables{{"AUTH_A", "1"}, {"HOST", "2"}, {"DATABASE_URL_FILE", "3"}});
}

TEST_CASE("a bare value ends before blanks and a comment, and is else taken as it is") {
    CHECK(value_of("AUTH_A=x y  ") == "x y");
    CHECK(value_of("AUTH_A=x # c") == "x");
    CHECK(value_of("AUTH_A=x#y") == "x#y");
    CHECK(value_of("AUTH_A=a\\nb$HOME") == "a\\nb$HOME");
    CHECK(value_of("AUTH_A=").empty());
    CHECK(value_of("AUTH_A= # c").empty());
    CHECK(value_of("AUTH_A=b=c") == "b=c");
}

TEST_CASE("nothing is special in single quotes") {
    CHECK(value_of("AUTH_A=' a\\n\"#$b ' # c") == " a\\n\"#$b ");
}

TEST_CASE("double quotes know \\n, \\r, \\t, \\\\, \\\" and \\$") {
    CHECK(value_of(R"(AUTH_A="a\nb\r\t\\\"\$c#'" # c)") == "a\nb\r\t\\\"$c#'");
}

TEST_CASE("a byte order mark at the start is left out") {
    CHECK(value_of("\xEF\xBB\xBF"
                   "AUTH_A=1") == "1");
}

TEST_CASE("a line of .env that is Signet's and cannot be read is an error with its number") {
    for (const char* line :
         {"PORT", "PORT: 4000", "AUTH_A", "AUTH_A B=x", "HOST =x", "HOST= x", "HOST='x", "HOST=\"x",
          "HOST='x'y", "HOST=\"x\"y", "HOST=\"\\x\"", "HOST=\"x\\", "HOST=x\"y", "export PORT",
          "AUTH_A-B=x", "DATABASE_URL_FILE x", "AUTH_"}) {
        CAPTURE(line);
        CHECK(refused_line("\n# c\n" + std::string(line) + "\nZ=1\n") == 3);
    }
}

TEST_CASE("a line of .env that is not Signet's is passed over, whatever it looks like") {
    for (const char* line : {"nonsense",
                             "=x",
                             "1A=x",
                             "A B=x",
                             "A =x",
                             "A= x",
                             "A='x",
                             "A=\"x",
                             "A='x'y",
                             "A=\"x\"y",
                             "A=\"\\x\"",
                             "A=\"x\\",
                             "A=x\"y",
                             "export",
                             "A-B=x",
                             "A=1\nA=2",
                             "{\"type\":1}",
                             "HASURA_GRAPHQL_JWT_SECRET={\"type\":\"RS256\"}",
                             "auth_a='x",
                             "PORTS=1",
                             "ISSUER_FILE=a\"b",
                             "HOST_FILE=a\"b",
                             "export PATH=$PATH:x"}) {
        CAPTURE(line);
        const Dotenv dotenv = read_dotenv("HOST=1\n" + std::string(line) + "\nAUTH_A=1\n");
        CHECK(dotenv.errors.empty());
        CHECK(dotenv.variables == Variables{{"HOST", "1"}, {"AUTH_A", "1"}});
    }
}

TEST_CASE("a name of Signet's that stands twice in .env is an error") {
    CHECK(refused_line("PORT=1\nB=1\nPORT=2") == 3);
}

TEST_CASE("names that Kubernetes injects for a Service are known by their name and value") {
    const std::vector<std::pair<const char*, const char*>> injected{
        {"AUTH_SERVICE_HOST", "10.0.0.7"},
        {"AUTH_SERVICE_HOST", "fd00::7"},
        {"AUTH_SERVICE_PORT", "4000"},
        {"AUTH_SERVICE_PORT_HTTP", "4000"},
        {"AUTH_SERVICE_PORT_MY_PORT", "4000"},
        {"AUTH_PORT", "tcp://10.0.0.7:4000"},
        {"AUTH_SERVICE_PORT", "tcp://10.0.0.7:4000"},  // of a Service named auth-service
        {"AUTH_PORT", "tcp://[fd00::7]:4000"},
        {"AUTH_PORT_4000_TCP", "tcp://10.0.0.7:4000"},
        {"AUTH_PORT_4000_TCP_PROTO", "tcp"},
        {"AUTH_PORT_4000_TCP_PORT", "4000"},
        {"AUTH_PORT_4000_TCP_ADDR", "10.0.0.7"},
        {"AUTH_DB_PORT_5353_UDP", "udp://10.0.0.8:5353"},
        {"AUTH_DB_PORT_5353_UDP_ADDR", "10.0.0.8"},
        {"AUTH_SIP_PORT_5060_SCTP_PROTO", "sctp"},
        {"AUTH_SERVICE_PORTAL_SERVICE_PORT", "80"},
        {"AUTH_PORT_80_PORT_80_TCP", "tcp://10.0.0.9:80"},
        {"AUTHENTICATION_SERVICE_HOST", "10.0.0.7"},
    };
    for (const auto& [name, value] : injected) {
        CAPTURE(name);
        CHECK(is_injected(name, value));
        CHECK_FALSE(is_injected(name, ""));
        CHECK_FALSE(is_injected(name, "x"));
    }
    for (const auto& [name, value] : std::vector<std::pair<const char*, const char*>>{
             {"AUTH_PORT", "4000"},
             {"AUTH_DB_PORT", "5432"},
             {"AUTH_SERVICE", "x"},
             {"AUTH_SERVICE_HOST", "auth.example.org"},
             {"AUTH_SERVICE_PORT_", "4000"},
             {"AUTH_SERVICE_PORTS", "4000"},
             {"AUTH_PORT_4000", "tcp://10.0.0.7:4000"},
             {"AUTH_PORT_TCP", "tcp://10.0.0.7:4000"},
             {"AUTH_PORT_4000_ICMP", "tcp://10.0.0.7:4000"},
             {"AUTH_PORT_4000_TCP_PROTO", "udp"},
             {"AUTH_PORT_4000_TCP_NAME", "tcp"},
             {"AUTH_PORT_4000_TCP_", "tcp"},
             {"OTHER_PORT", "tcp://10.0.0.7:4000"}}) {
        CAPTURE(name);
        CHECK_FALSE(is_injected(name, value));
    }
}

TEST_CASE(
    ".env gives Hasura's settings as they stand, and no mistake of theirs is one of Signet's") {
    const Dotenv dotenv = read_dotenv(
        "HASURA_GRAPHQL_JWT_SECRET={\"jwk_url\":\"http://a/jwks\"}\n"
        "HASURA_GRAPHQL_ADMIN_SECRET='a b' # c\nHASURA_GRAPHQL_DEV_MODE=\"on\n"
        "HASURA_GRAPHQL_NOTHING\nHASURA_OTHER=1\n");
    CHECK(dotenv.errors.empty());
    CHECK(dotenv.variables.empty());
    CHECK(dotenv.hasura ==
          Variables{{"HASURA_GRAPHQL_ADMIN_SECRET", "a b"},
                    {"HASURA_GRAPHQL_DEV_MODE", "\"on"},
                    {"HASURA_GRAPHQL_JWT_SECRET", R"({"jwk_url":"http://a/jwks"})"}});
}

TEST_CASE("no setting has a name that Kubernetes could inject") {
    for (const auto& setting : signet::config::settings()) {
        for (const std::string& name :
             {std::string(setting.name), std::string(setting.name) + "_FILE"}) {
            CAPTURE(name);
            CHECK_FALSE(name.ends_with("_PORT"));
            CHECK_FALSE(name.ends_with("_SERVICE_HOST"));
            CHECK(name.find("_SERVICE_PORT") == std::string::npos);
            CHECK(name.find("_PORT_") == std::string::npos);
        }
    }
}

TEST_CASE("an error about .env never shows the line") {
    const Dotenv dotenv = read_dotenv("AUTH_ADMIN_SECRET 'hunter2'\nHOST=\"hunter2");
    REQUIRE(dotenv.errors.size() == 2);
    for (const auto& error : dotenv.errors) {
        CHECK((error.name + error.text).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a secret is gone from the environment of the process once it was read") {
    ::setenv("AUTH_PRIVATE_KEY", "hunter2", 1);
    const char* const bytes = ::getenv("AUTH_PRIVATE_KEY");
    const Variables variables = signet::config::take_environment();
    CHECK(variables.at("AUTH_PRIVATE_KEY") == "hunter2");
    CHECK(::getenv("AUTH_PRIVATE_KEY") == nullptr);
    CHECK(bytes[0] == '\0');
}
