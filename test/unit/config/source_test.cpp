#include "config/source.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <string>

using signet::config::Dotenv;
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
    REQUIRE(dotenv.variables.contains("A"));
    return dotenv.variables.at("A");
}

}  // namespace

TEST_CASE("a .env has assignments, export, comments and blank lines") {
    const Dotenv dotenv = read_dotenv("# c\n\nA=1\r\nexport B=2\n  C=3\n# end");
    CHECK(dotenv.errors.empty());
    CHECK(dotenv.variables == Variables{{"A", "1"}, {"B", "2"}, {"C", "3"}});
}

TEST_CASE("a bare value ends before blanks and a comment, and is else taken as it is") {
    CHECK(value_of("A=x y  ") == "x y");
    CHECK(value_of("A=x # c") == "x");
    CHECK(value_of("A=x#y") == "x#y");
    CHECK(value_of("A=a\\nb$HOME") == "a\\nb$HOME");
    CHECK(value_of("A=").empty());
    CHECK(value_of("A= # c").empty());
    CHECK(value_of("A=b=c") == "b=c");
}

TEST_CASE("nothing is special in single quotes") {
    CHECK(value_of("A=' a\\n\"#$b ' # c") == " a\\n\"#$b ");
}

TEST_CASE("double quotes know \\n, \\r, \\t, \\\\, \\\" and \\$") {
    CHECK(value_of(R"(A="a\nb\r\t\\\"\$c#'" # c)") == "a\nb\r\t\\\"$c#'");
}

TEST_CASE("a byte order mark at the start is left out") {
    CHECK(value_of("\xEF\xBB\xBF"
                   "A=1") == "1");
}

TEST_CASE("a line of .env that cannot be read is an error with its number") {
    for (const char* line :
         {"nonsense", "=x", "1A=x", "A B=x", "A =x", "A= x", "A='x", "A=\"x", "A='x'y", "A=\"x\"y",
          "A=\"\\x\"", "A=\"x\\", "A=x\"y", "export", "A-B=x"}) {
        CAPTURE(line);
        CHECK(refused_line("\n# c\n" + std::string(line) + "\nZ=1\n") == 3);
    }
}

TEST_CASE("a name that stands twice in .env is an error") {
    CHECK(refused_line("A=1\nB=1\nA=2") == 3);
}

TEST_CASE("an error about .env never shows the line") {
    const Dotenv dotenv = read_dotenv("AUTH_ADMIN_SECRET 'hunter2'\nA=\"hunter2");
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
