#include "server/metrics.hpp"

#include "http/request_error.hpp"
#include "routes/error_table.hpp"
#include "routes/handlers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>

using namespace signet;
using namespace signet::server;

TEST_CASE("metrics say what the parts of the service have counted") {
    routes::SignInCounts sign_ins;
    sign_ins.add(routes::LoginResult::wrong);
    sign_ins.add(routes::RefreshResult::reuse);
    Figures figures;
    figures.sign_ins = &sign_ins;
    http::RouteFigures route{"/sessions/{id}", http::Method::delete_, {}, {}};
    route.answers[http::place_of(204)] = 3;
    route.durations.counts[0] = 3;
    figures.http.routes.push_back(route);
    figures.http.refusals[static_cast<std::size_t>(http::RequestError::bad_framing)] = 7;
    figures.crypto_lane.waiting = 5;
    figures.keys.push_back({"kid", "RS256", 2048, KeyState::next, 0, true});
    figures.outbox = OutboxFigures{1, 2, 3, 4};
    figures.checks.push_back({"database", false, "away"});
    const std::string text = to_exposition(figures);
    for (const char* line :
         {R"(signet_http_requests_total{method="DELETE",route="/sessions/{id}",status="204"} 3)",
          R"(signet_http_guard_refusals_total{rule="bad-framing"} 7)",
          R"(signet_lane_waiting{lane="crypto"} 5)", R"(signet_keys{state="next"} 1)",
          R"(signet_keys{state="active"} 0)", R"(signet_logins_total{result="wrong"} 1)",
          R"(signet_refreshes_total{case="reuse"} 1)", R"(signet_outbox_waiting{kind="event"} 2)",
          "signet_outbox_failed 3", "signet_outbox_oldest_seconds 4",
          R"(signet_ready{check="database"} 0)"}) {
        CHECK_MESSAGE(text.find(std::string("\n") + line + '\n') != std::string::npos, line);
    }
    CHECK(text.find("away") == std::string::npos);
}

TEST_CASE("every status that a refusal has is counted by itself") {
    for (const http::RequestErrorInfo& info : http::request_error_table()) {
        CHECK(http::kStatuses[http::place_of(info.status)] == info.status);
    }
    for (const routes::ErrorRow& row : routes::error_table()) {
        CHECK(http::kStatuses[http::place_of(row.status)] == row.status);
    }
    CHECK(http::kStatuses[http::place_of(299)] == 0);
}

TEST_CASE("what is not known has no sample") {
    const routes::SignInCounts sign_ins;
    Figures figures;
    figures.sign_ins = &sign_ins;
    LastOutbox().put_into(figures);
    const std::string text = to_exposition(figures);
    for (const char* name : {"signet_outbox_waiting", "signet_user_cache_age_seconds",
                             "signet_key_next_rotation_timestamp_seconds"}) {
        CHECK(text.find(std::string("# TYPE ") + name + " gauge\n") != std::string::npos);
        CHECK(text.find(std::string("\n") + name + ' ') == std::string::npos);
        CHECK(text.find(std::string("\n") + name + '{') == std::string::npos);
    }
}

TEST_CASE("the figures of the process are those of the process") {
    const ProcessFigures process = process_figures();
    CHECK(process.resident_bytes > 1'000'000);
    CHECK(process.virtual_bytes >= process.resident_bytes);
    CHECK(process.threads >= 1);
    CHECK(process.descriptors >= 3);
    CHECK(process.descriptors_max >= process.descriptors);
}

namespace {

std::string read_file(const std::string& name) {
    std::ifstream file(SIGNET_SOURCE_DIR "/docs/" + name, std::ios::binary);
    REQUIRE_MESSAGE(file, name);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Every match of the first group.
std::set<std::string> all_matches(const std::string& text, const char* pattern) {
    const std::regex regex(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
        found.insert(at->str(1));
    }
    return found;
}

// The names of the metrics, with those that the parts of a histogram have.
std::set<std::string> metric_names(bool with_parts) {
    const routes::SignInCounts sign_ins;
    Figures figures;
    figures.sign_ins = &sign_ins;
    const std::string text = to_exposition(figures);
    std::set<std::string> names = all_matches(text, "# TYPE ([a-z0-9_]+) ");
    for (const std::string& name : all_matches(text, "# TYPE ([a-z0-9_]+) histogram")) {
        for (const char* part : {"_bucket", "_sum", "_count"}) {
            if (with_parts) {
                names.insert(name + part);
            }
        }
    }
    return names;
}

}  // namespace

TEST_CASE("every metric is explained in docs/operations.md, and nothing else is") {
    const std::string page = read_file("operations.md");
    const std::size_t begin = page.find("\n| metric |");
    REQUIRE(begin != std::string::npos);
    const std::string table = page.substr(begin, page.find("\n\n", begin) - begin);
    CHECK(all_matches(table, "`((?:signet|process)_[a-z0-9_]+)`") == metric_names(false));
}

TEST_CASE("alerts and dashboard ask for metrics that there are, and the dashboard shows them all") {
    const std::set<std::string> names = metric_names(true);
    for (const char* file : {"deploy/prometheus/alerts.yaml", "deploy/prometheus/dashboard.json"}) {
        const auto asked =
            all_matches(read_file(file), R"(\b((?:signet|process)_[a-z0-9_]+)\b(?!\.md))");
        CHECK(asked.size() > 5);
        for (const std::string& name : asked) {
            CHECK_MESSAGE(names.contains(name), name);
        }
    }
    const std::string dashboard = read_file("deploy/prometheus/dashboard.json");
    for (const std::string& name : metric_names(false)) {
        CHECK_MESSAGE(dashboard.find(name) != std::string::npos, name);
    }
}

TEST_CASE("every alert has a heading in docs/operations.md that says what to do, and leads there") {
    const std::string page = read_file("operations.md");
    const std::string rules = read_file("deploy/prometheus/alerts.yaml");
    const auto alerts = all_matches(rules, "- alert: ([A-Za-z]+)\n");
    CHECK(alerts.size() > 5);
    CHECK(all_matches(page, "\n### (Signet[A-Z][A-Za-z]+)\n") == alerts);
    std::set<std::string> anchors;
    for (std::string alert : alerts) {
        std::ranges::transform(alert, alert.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        anchors.insert(alert);
    }
    CHECK(all_matches(rules, "runbook: docs/operations.md#([a-z]+)\n") == anchors);
}
