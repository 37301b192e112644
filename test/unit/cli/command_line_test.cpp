#include "cli/commands.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <sstream>
#include <string>
#include <vector>

using namespace signet::cli;

namespace {

struct Ran {
    int code;
    std::string out;
    std::string err;
};

Ran run(std::vector<const char*> words) {
    words.insert(words.begin(), "signet");
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_command_line(static_cast<int>(words.size()), words.data(), {in, out, err});
    return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("--help is there for every command and exits with 0") {
    const std::vector<std::vector<const char*>> commands{{},
                                                         {"serve"},
                                                         {"migrate"},
                                                         {"keys", "list"},
                                                         {"user", "create"},
                                                         {"user", "list"},
                                                         {"user", "show"},
                                                         {"user", "disable"},
                                                         {"user", "enable"},
                                                         {"user", "set-password"},
                                                         {"user", "delete"},
                                                         {"user", "logout"},
                                                         {"user", "grant"},
                                                         {"user", "revoke"},
                                                         {"role", "create"},
                                                         {"role", "list"},
                                                         {"role", "delete"},
                                                         {"token", "inspect"},
                                                         {"hasura", "secret"},
                                                         {"version"}};
    for (std::vector<const char*> words : commands) {
        CAPTURE(words);
        words.push_back("--help");
        const Ran ran = run(words);
        CHECK(ran.code == signet::kExitOk);
        CHECK(ran.out.find("--help") != std::string::npos);
        CHECK(ran.err.empty());
    }
}

TEST_CASE("version and --version print the version") {
    CHECK(run({"version"}).out == "signet " SIGNET_VERSION "\n");
    CHECK(run({"--version"}).out == "signet " SIGNET_VERSION "\n");
}

TEST_CASE("wrong usage exits with 2") {
    const std::vector<std::vector<const char*>> lines{{},
                                                      {"nosuch"},
                                                      {"user"},
                                                      {"user", "nosuch"},
                                                      {"user", "create"},
                                                      {"user", "grant", "ada"},
                                                      {"user", "list", "--nosuch"},
                                                      {"migrate", "--json"},
                                                      {"keys", "retire"},
                                                      {"keys", "revoke", "--yes"},
                                                      {"hasura", "secret", "--jwk-url"}};
    for (const auto& words : lines) {
        CAPTURE(words);
        const Ran ran = run(words);
        CHECK(ran.code == signet::kExitWrongUsage);
        CHECK(ran.out.empty());
        CHECK(ran.err.starts_with("signet: "));
    }
}

TEST_CASE(
    "a kid that begins with a hyphen is refused as a word, with the option to write instead") {
    for (const char* verb : {"retire", "revoke"}) {
        for (const char* kid : {"-MDZ18h6K7MKnQRYlr2JH7hlmiAq1whP9c7lef9eX7U",
                                "--DZ18h6K7MKnQRYlr2JH7hlmiAq1whP9c7lef9eX7U",
                                "-hDZ18h6K7MKnQRYlr2JH7hlmiAq1whP9c7lef9eX7U", "-short"}) {
            CAPTURE(kid);
            for (const Ran& ran : {run({"keys", verb, kid}), run({"keys", verb, kid, "--yes"}),
                                   run({"keys", verb, "--yes", kid})}) {
                CHECK(ran.code == signet::kExitWrongUsage);
                CHECK(ran.out.empty());
                CHECK(ran.err.find("--kid=KID") != std::string::npos);
            }
        }
        for (const char* help : {"-h", "--help"}) {
            CHECK(run({"keys", verb, help}).code == signet::kExitOk);
            CHECK(run({"keys", verb, help}).out.find("--kid=KID") != std::string::npos);
        }
    }
    CHECK(run({"user", "list", "-x"}).err.find("--kid") == std::string::npos);
}

TEST_CASE("a password on the command line is refused and not repeated") {
    for (const auto& words :
         std::vector<std::vector<const char*>>{{"user", "set-password", "ada", "hunter2"},
                                               {"user", "create", "ada", "--password", "hunter2"},
                                               {"user", "create", "ada", "--password=hunter2"}}) {
        const Ran ran = run(words);
        CHECK(ran.code == signet::kExitWrongUsage);
        CHECK(ran.err.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("the hidden command prints docs/configuration.md") {
    const Ran ran = run({"config", "--markdown"});
    CHECK(ran.code == signet::kExitOk);
    CHECK(ran.out.starts_with("# Configuration\n"));
    CHECK(run({"--help"}).out.find("config ") == std::string::npos);
}

TEST_CASE("config --get prints settings one a line, and of a secret only whether it is set") {
    ::setenv("PORT", "5001", 1);
    ::setenv("DATABASE_URL", "postgres://u:hunter2@h/d", 1);
    const Ran ran = run({"config", "--get", "PORT", "HOST", "DATABASE_URL", "AUTH_PRIVATE_KEY"});
    CHECK(ran.code == signet::kExitOk);
    CHECK(ran.out == "5001\n127.0.0.1\nset\nunset\n");
    CHECK(run({"config", "--get", "NOSUCH"}).code == signet::kExitWrongUsage);
    ::setenv("PORT", "seventy", 1);
    CHECK(run({"config", "--get", "HOST"}).code == signet::kExitUnusableConfig);
    ::unsetenv("PORT");
}

TEST_CASE("an output that cannot be written is a failure") {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    out.setstate(std::ios::badbit);
    const char* const words[] = {"signet", "version"};
    CHECK(run_command_line(2, words, {in, out, err}) == signet::kExitFailed);
}
