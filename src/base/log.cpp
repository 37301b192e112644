#include "base/log.hpp"

#include "base/json.hpp"
#include "base/utf8.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <mutex>

namespace signet {
namespace {

constexpr std::size_t kEventBytesMax = 128;
constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> kLevelColumns{"DEBUG", "INFO ", "WARN ", "ERROR"};

struct Event {
    LogLevel level;
    std::string_view name;
    std::initializer_list<LogField> fields;
    std::string time;
    std::uint64_t lost;  // lines before this one
};

std::string now_text() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
    const std::time_t seconds = ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 80> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                      utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                      utc.tm_sec, static_cast<int>(ms % 1000));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string quoted(std::string_view bytes, std::size_t bytes_max) {
    return json_quote(to_valid_utf8(bytes, bytes_max));
}

// Whether a value needs no quotes in the text form.
bool is_plain(std::string_view value) {
    return !value.empty() && std::ranges::all_of(value, [](char c) {
        return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
    });
}

std::string json_line(const Event& event, std::size_t value_bytes_max) {
    std::string line = "{\"time\":\"" + event.time + "\",\"level\":\"";
    line += kLevelNames[static_cast<std::size_t>(event.level)];
    line += "\",\"event\":" + quoted(event.name, kEventBytesMax);
    for (const LogField& field : event.fields) {
        line += ',' + quoted(field.name, kEventBytesMax) + ':';
        line += field.is_number ? field.value : quoted(field.value, value_bytes_max);
    }
    if (event.lost > 0) {
        line += ",\"linesLost\":" + std::to_string(event.lost);
    }
    return line + "}\n";
}

std::string text_line(const Event& event, std::size_t value_bytes_max) {
    std::string line = event.time + ' ';
    line += kLevelColumns[static_cast<std::size_t>(event.level)];
    line += ' ' + to_printable(event.name, kEventBytesMax);
    for (const LogField& field : event.fields) {
        const std::string value = to_valid_utf8(field.value, value_bytes_max);
        line += ' ' + to_printable(field.name, kEventBytesMax) + '=';
        line += is_plain(value) ? value : json_quote(value);
    }
    if (event.lost > 0) {
        line += " linesLost=" + std::to_string(event.lost);
    }
    return line + '\n';
}

std::string make_line(const Event& event, LogFormat format) {
    std::string line;
    for (std::size_t bytes_max = kLogValueBytesMax; bytes_max > 0; bytes_max /= 2) {
        line =
            format == LogFormat::json ? json_line(event, bytes_max) : text_line(event, bytes_max);
        if (line.size() <= kLogLineBytesMax) {
            break;
        }
    }
    return line;
}

}  // namespace

struct Log::Sink {
    explicit Sink(int descriptor) : fd(descriptor) {}

    // A pipe that poll(2) calls writable has room for PIPE_BUF bytes, so write(2) does not wait.
    // The caller holds the mutex, so that no other thread takes that room in between.
    bool write_line(const std::string& line) const {
        pollfd ready{fd, POLLOUT, 0};
        if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
            return false;
        }
        ssize_t written = -1;
        do {
            written = ::write(fd, line.data(), line.size());
        } while (written < 0 && errno == EINTR);
        return written == static_cast<ssize_t>(line.size());
    }

    const int fd;
    std::mutex mutex;
    std::uint64_t lost = 0;
};

Log::Log(LogLevel level, LogFormat format, int fd)
    : level_(level), format_(format), sink_(std::make_shared<Sink>(fd)) {}

void Log::write(LogLevel level, std::string_view event,
                std::initializer_list<LogField> fields) const {
    if (!enabled(level)) {
        return;
    }
    const std::string time = now_text();
    const std::lock_guard lock(sink_->mutex);
    const std::string line = make_line({level, event, fields, time, sink_->lost}, format_);
    sink_->lost = sink_->write_line(line) ? 0 : sink_->lost + 1;
}

}  // namespace signet
