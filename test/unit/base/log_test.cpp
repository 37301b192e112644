#include "base/log.hpp"

#include "support/scratch_pipe.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <regex>
#include <string>
#include <thread>
#include <vector>

using signet::Log;
using signet::LogFormat;
using signet::LogLevel;
using signet::test::ScratchPipe;

namespace {

std::string logged(LogFormat format, std::string_view value) {
    ScratchPipe pipe;
    const Log log(LogLevel::debug, format, pipe.write_end());
    log.write(LogLevel::warn, "login_refused", {{"name", value}});
    return pipe.drain();
}

std::size_t count(std::string_view text, std::string_view needle) {
    std::size_t found = 0;
    for (auto at = text.find(needle); at != std::string_view::npos;
         at = text.find(needle, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("a JSON line has time in UTC with milliseconds, level, event and fields in this order") {
    const std::string line = logged(LogFormat::json, "ada");
    const std::regex expected(R"(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warn",)"
                              R"("event":"login_refused","name":"ada"\}\n)");
    CHECK(std::regex_match(line, expected));
}

TEST_CASE("a text line has time, level, event and name=value") {
    const std::regex expected(
        R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN  login_refused name=ada\n)");
    CHECK(std::regex_match(logged(LogFormat::text, "ada"), expected));
}

TEST_CASE("a text value with a blank, a quote or an equals sign is quoted") {
    CHECK(logged(LogFormat::text, "a b").find("name=\"a b\"") != std::string::npos);
    CHECK(logged(LogFormat::text, "a\"b").find(R"(name="a\"b")") != std::string::npos);
    CHECK(logged(LogFormat::text, "x role=admin").find("name=\"x role=admin\"") !=
          std::string::npos);
    CHECK(logged(LogFormat::text, "").find("name=\"\"") != std::string::npos);
}

TEST_CASE("a number is written without quotes") {
    ScratchPipe pipe;
    const Log log(LogLevel::debug, LogFormat::json, pipe.write_end());
    log.write(LogLevel::info, "request", {{"status", std::int64_t{200}}});
    CHECK(pipe.drain().find("\"status\":200}") != std::string::npos);
}

TEST_CASE("a level below the threshold is not written") {
    ScratchPipe pipe;
    const Log log(LogLevel::warn, LogFormat::json, pipe.write_end());
    log.write(LogLevel::info, "request");
    CHECK(pipe.drain().empty());
    CHECK_FALSE(log.enabled(LogLevel::info));
    CHECK(log.enabled(LogLevel::error));
}

TEST_CASE("a value cannot forge a line or drive a terminal") {
    const std::string evil = "a\r\n\x1b[31m\xE2\x80\xA8\xC2\x9B{\"event\":\"forged\"}";
    for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
        const std::string line = logged(format, evil);
        CHECK(count(line, "\n") == 1);
        CHECK(line.back() == '\n');
        CHECK(line.find_first_of("\r\x1b") == std::string::npos);
        CHECK(line.find("\xE2\x80\xA8") == std::string::npos);
        CHECK(line.find("\xC2\x9B") == std::string::npos);
        CHECK(line.find("{\"event\":\"forged\"}") == std::string::npos);
    }
}

TEST_CASE("invalid UTF-8 in a value is replaced") {
    CHECK(logged(LogFormat::json, "a\xFF\xC0\xAF z")
              .find("a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD z") != std::string::npos);
}

TEST_CASE("a long value is cut at a whole code point") {
    std::string value;
    for (int i = 0; i < 1000; ++i) {
        value += "\xE2\x82\xAC";
    }
    const std::string line = logged(LogFormat::json, value);
    CHECK(count(line, "\xE2\x82\xAC") == signet::kLogValueBytesMax / 3);
    CHECK(line.find("\xE2\x80\xA6\"}") != std::string::npos);
}

TEST_CASE("a line with many escapes still fits into one write to a pipe") {
    const std::string value(signet::kLogValueBytesMax, '\x01');
    const std::string line = logged(LogFormat::json, value);
    CHECK(line.size() <= signet::kLogLineBytesMax);
    CHECK(line.back() == '\n');
}

TEST_CASE("a full pipe loses lines without waiting, and the next line counts them") {
    ScratchPipe pipe;
    const Log log(LogLevel::debug, LogFormat::json, pipe.write_end());
    const std::string value(900, 'x');
    for (int i = 0; i < 200; ++i) {
        log.write(LogLevel::info, "flood", {{"value", value}});
    }
    const std::size_t written = count(pipe.drain(), "\n");
    CHECK(written < 200);
    log.write(LogLevel::info, "after");
    const std::string line = pipe.drain();
    CHECK(line.find("\"linesLost\":" + std::to_string(200 - written) + "}") != std::string::npos);
}

TEST_CASE("lines of several threads do not mix") {
    ScratchPipe pipe;
    const Log log(LogLevel::debug, LogFormat::json, pipe.write_end());
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&log] {
                for (int i = 0; i < 50; ++i) {
                    log.write(LogLevel::info, "tick", {{"value", "0123456789"}});
                }
            });
        }
    }
    const std::string text = pipe.drain();
    CHECK(count(text, "\n") == 200);
    CHECK(count(text, "\"event\":\"tick\",\"value\":\"0123456789\"}\n") == 200);
}
