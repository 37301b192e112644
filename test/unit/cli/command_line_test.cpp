#include "base/ascii.hpp"
#include "cli/commands.hpp"
#include "cli/words.hpp"

#include <signet/domain/audit.hpp>
#include <signet/domain/event.hpp>

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
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

// The names below `heading` in a help text, each with its hyphens if it is an option.
std::vector<std::string> names_below(const std::string& help, const std::string& heading) {
    std::vector<std::string> names;
    // Newer versions of CLI11 write the headings in capitals.
    const std::size_t begin = signet::to_lower(help).find("\n" + heading + ":\n");
    std::istringstream lines(begin == std::string::npos ? "" : help.substr(begin + 1));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && line.starts_with("  ")) {
        std::string name = line.substr(2, line.find(' ', 2) - 2);
        if (line[2] != ' ') {
            names.push_back(name.starts_with("-h,") ? "--help" : name.substr(0, name.find(',')));
        }
    }
    return names;
}

// Calls `visit` with the words of each command and its help.
template <class Visit>
void for_each_command(const std::vector<std::string>& path, Visit visit) {
    std::vector<const char*> words;
    for (const std::string& word : path) {
        words.push_back(word.c_str());
    }
    words.push_back("--help");
    const Ran ran = run(words);
    CAPTURE(path);
    CHECK(ran.code == signet::kExitOk);
    CHECK(ran.err.empty());
    const std::vector<std::string> below = names_below(ran.out, "subcommands");
    if (below.empty()) {
        visit(path, ran.out);
    }
    for (const std::string& name : below) {
        std::vector<std::string> longer = path;
        longer.push_back(name);
        for_each_command(longer, visit);
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

}  // namespace

TEST_CASE("the help of every command has an example that the command line takes") {
    std::size_t count = 0;
    for_each_command({}, [&](const std::vector<std::string>& path, const std::string& help) {
        CAPTURE(path);
        const std::size_t example = help.find("Example:\n  ");
        REQUIRE(example != std::string::npos);
        CHECK(help.find("signet " + joined(path), example) != std::string::npos);
        ++count;
    });
    CHECK(count >= 30);
}

TEST_CASE("docs/commands.md names every command and every option") {
    std::ifstream file(SIGNET_SOURCE_DIR "/docs/commands.md", std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    for_each_command({}, [&](const std::vector<std::string>& path, const std::string& help) {
        const std::string name = joined(path);
        CAPTURE(name);
        const std::size_t at = page.find("\n| `signet " + name);
        REQUIRE(at != std::string::npos);
        const std::string row = page.substr(at, page.find('\n', at + 1) - at);
        for (const std::string& option : names_below(help, "options")) {
            CAPTURE(option);
            CHECK((option == "--help" || row.find(option) != std::string::npos));
        }
    });
}

TEST_CASE("docs/events.md has a row for every event, with what it holds") {
    std::ifstream in(SIGNET_SOURCE_DIR "/docs/events.md");
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    for (const signet::EventKind& kind : signet::kEvents) {
        CAPTURE(kind.name);
        const std::size_t at = page.find("\n| `" + std::string(kind.name) + "` |");
        REQUIRE(at != std::string::npos);
        const std::string row = page.substr(at, page.find('\n', at + 1) - at);
        for (const signet::EventMember& member : kind.members) {
            CAPTURE(member.name);
            CHECK(row.find('`' + std::string(member.name) + '`') != std::string::npos);
        }
    }
}

TEST_CASE("docs/operations.md says what each action means") {
    std::ifstream in(SIGNET_SOURCE_DIR "/docs/operations.md");
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    for (const std::string_view action : signet::kAuditActions) {
        CAPTURE(action);
        CHECK(page.find('`' + std::string(action) + '`') != std::string::npos);
    }
}

TEST_CASE("a word that is not known is named, with the nearest one and all that are possible") {
    struct Case {
        std::vector<const char*> words;
        const char* says;
    };
    for (const Case& tried : std::vector<Case>{
             {{"usr", "list"},
              "`signet` has no command \"usr\"; did you mean user? Commands: serve,"},
             {{"uesr"}, "did you mean user?"},
             {{"user", "crate", "x"},
              "`signet user` has no command \"crate\"; did you mean create? Commands: create,"},
             {{"user", "list", "--serach", "x"},
              "`signet user list` has no option --serach; did you mean --search? Options: --help,"},
             {{"keys"}, "`signet keys` needs a command. Commands: list,"},
             {{}, "`signet` needs a command. Commands: serve,"},
             {{"grant", "ada", "editor"}, "did you mean user grant?"},
             {{"comp"}, "did you mean completion?"},
             {{"completion", "powershell"},
              "has no command \"powershell\". Commands: bash, zsh, fish"},
             {{"--json", "user", "list"},
              "`signet` has no option --json. Options: --help, --version"},
             {{"user", "show", "ada", "bob"},
              "`signet user show` takes NAME and no further argument"},
             {{"version", "x"}, "`signet version` takes no argument"},
             {{"user", "list", "--search", "a", "--limt", "3"}, "did you mean --limit?"},
             {{"user", "set-email", "ada"}, "ADDRESS or --none is required"},
             {{"user", "set-email", "ada", "a@b.org", "--none"}, "excludes"},
             {{"outbox", "retry"}, "ID, --failed or --sent-since is required"},
             {{"outbox", "retry", "x", "--failed"}, "excludes"},
             {{"user", "list", "--limit", "0"}, "--limit"}}) {
        CAPTURE(tried.words);
        const Ran ran = run(tried.words);
        CHECK(ran.code == signet::kExitWrongUsage);
        CHECK(ran.out.empty());
        CAPTURE(ran.err);
        CHECK(ran.err.find(tried.says) != std::string::npos);
        CHECK(ran.err.find("--help`") != std::string::npos);
    }
}

TEST_CASE("an action of the audit that is not known is suggested like a command") {
    CHECK(run({"audit", "--action", "logn"}).err.find("did you mean login?") != std::string::npos);
    CHECK(run({"audit", "--since", "soon"}).err.find("such as 24h") != std::string::npos);
}

TEST_CASE("an unknown word far from every known one gets no suggestion") {
    CHECK(run({"xylophone"}).err.find("did you mean") == std::string::npos);
    CHECK(run({"user", "list", "--xyz"}).err.find("did you mean") == std::string::npos);
    CHECK(run({"a\x1b[31m"}).err.find('\x1b') == std::string::npos);
}

TEST_CASE("the distance of words counts added, missing, changed and swapped letters") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("user", "user") == 0);
    CHECK(edit_distance("usr", "user") == 1);
    CHECK(edit_distance("users", "user") == 1);
    CHECK(edit_distance("usex", "user") == 1);
    CHECK(edit_distance("uesr", "user") == 1);
    CHECK(edit_distance("crate", "create") == 1);
    CHECK(edit_distance("show", "list") == 4);
}

TEST_CASE("the completion scripts know every command and its options, and no hidden one") {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        CAPTURE(shell);
        const Ran script = run({"completion", shell});
        CHECK(script.code == signet::kExitOk);
        for_each_command({}, [&](const std::vector<std::string>& path, const std::string&) {
            CAPTURE(path);
            CHECK(script.out.find("' " + joined(path) + '\'') != std::string::npos);
        });
        CHECK(script.out.find("search") != std::string::npos);
        CHECK(script.out.find("markdown") == std::string::npos);
    }
}

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
                                                      {"migrate", "--plan", "--status"},
                                                      {"audit", "--action", "logn"},
                                                      {"audit", "--since", "soon"},
                                                      {"audit", "ada", "grace"},
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
