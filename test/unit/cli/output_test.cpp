#include "cli/output.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace signet::cli {
namespace {

std::string printed(bool colours, bool json) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    print_rows(
        {.in = in, .out = out, .err = err, .colours = colours}, json,
        std::vector<std::string>{"ada", "gr\u00fcn"},
        [](JsonWriter& writer, const std::string& row) { writer.value(std::string_view(row)); },
        {"NAME", "LENGTH"},
        [](const std::string& row) {
            return std::vector<std::string>{row, std::to_string(row.size())};
        });
    return out.str();
}

TEST_CASE("a table has aligned columns, and a bold head where colours are shown") {
    CHECK(printed(false, false) == "NAME  LENGTH\nada   3\ngr\u00fcn  5\n");
    CHECK(printed(true, false) == "\x1b[1mNAME  LENGTH\x1b[0m\nada   3\ngr\u00fcn  5\n");
}

TEST_CASE("JSON has no colours, on a terminal neither") {
    CHECK(printed(true, true) == "[\n  \"ada\",\n  \"gr\u00fcn\"\n]\n");
}

}  // namespace
}  // namespace signet::cli
