#include "base/metrics.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace signet;
using namespace std::chrono_literals;

TEST_CASE("metrics are written in the text format of Prometheus, with labels escaped") {
    Exposition out;
    out.begin("a_total", "counter", "What it is.");
    out.add(12'345'678'901);
    out.begin("b", "gauge", "Another.");
    out.add({{"x", "1"}, {"y", "a\"b\\c\nd"}}, 0.5);
    CHECK(out.take() ==
          "# HELP a_total What it is.\n# TYPE a_total counter\na_total 12345678901\n"
          "# HELP b Another.\n# TYPE b gauge\nb{x=\"1\",y=\"a\\\"b\\\\c\\nd\"} 0.5\n");
}

TEST_CASE("a duration counts in its class and in all above it") {
    Durations durations;
    durations.add(-1s);
    durations.add(100us);
    durations.add(101us);
    durations.add(1h);
    const DurationFigures figures = durations.figures();
    CHECK(figures.counts.front() == 2);
    CHECK(figures.counts[1] == 1);
    CHECK(figures.counts.back() == 1);
    CHECK(figures.count() == 4);

    Exposition out;
    out.begin("d", "histogram", "A duration.");
    out.add({{"route", "/x"}}, figures);
    const std::string text = out.take();
    for (const char* line :
         {"d_bucket{route=\"/x\",le=\"0.0001\"} 2\n", "d_bucket{route=\"/x\",le=\"0.0005\"} 3\n",
          "d_bucket{route=\"/x\",le=\"10\"} 3\n", "d_bucket{route=\"/x\",le=\"+Inf\"} 4\n",
          "d_sum{route=\"/x\"} 3600.000201\n", "d_count{route=\"/x\"} 4\n"}) {
        CHECK_MESSAGE(text.find(line) != std::string::npos, line);
    }
}
