#include "cli/progress.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace signet::cli {
namespace {

std::chrono::steady_clock::time_point now;

struct Shown {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    CommandIo io{.in = in, .out = out, .err = err, .err_is_terminal = true};

    std::string take() {
        std::string text = err.str();
        err.str("");
        return text;
    }
};

TEST_CASE("progress is drawn in one line, ten times a second at most, and leaves nothing behind") {
    Shown shown;
    {
        Progress progress(shown.io, "importing users", 200, [] { return now; });
        progress.update(0);
        CHECK(shown.take() ==
              "\r\x1b[Kimporting users [                              ] 0 % (0 of 200)");
        progress.update(1);
        CHECK(shown.take().empty());
        now += std::chrono::seconds(10);
        progress.update(100);
        CHECK(shown.take() ==
              "\r\x1b[Kimporting users [###############               ] 50 % (100 of 200), 11 s "
              "left");
        now += std::chrono::milliseconds(100);
        progress.update(300);
        CHECK(shown.take() ==
              "\r\x1b[Kimporting users [##############################] 100 % (300 of 200)");
    }
    CHECK(shown.take() == "\r\x1b[K");
    CHECK(shown.out.str().empty());
}

TEST_CASE("progress without a total is a count") {
    Shown shown;
    Progress progress(shown.io, "sealing", 0, [] { return now; });
    progress.update(7);
    CHECK(shown.take() == "\r\x1b[Ksealing: 7");
}

TEST_CASE("a minute and more that is left is told in minutes") {
    Shown shown;
    Progress progress(shown.io, "x", 1000, [] { return now; });
    now += std::chrono::seconds(10);
    progress.update(10);
    CHECK(shown.take().ends_with(", 17 min left"));
}

TEST_CASE("where standard error is no terminal, no progress is shown") {
    Shown shown;
    CommandIo io{.in = shown.in, .out = shown.out, .err = shown.err};
    Progress(io, "importing users", 2, [] { return now; }).update(1);
    CHECK(shown.take().empty());
}

}  // namespace
}  // namespace signet::cli
