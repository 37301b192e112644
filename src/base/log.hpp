#pragma once

#include <signet/domain/error.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace signet {

enum class LogFormat : std::uint8_t { json, text };

// One member of a log line. Values are escaped: what a client sent cannot forge a line.
struct LogField {
    std::string_view name;
    std::string value;

    LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
    LogField(std::string_view n, std::int64_t v) : name(n), value(std::to_string(v)) {}
};

// Writes events to stderr, one line each: {"time":…,"level":…,"event":…,fields…}. Thread-safe; a
// line is one write(2). A line that cannot be written is counted, never waited for. Values longer
// than kLogValueBytesMax are cut, invalid UTF-8 is replaced.
inline constexpr std::size_t kLogValueBytesMax = 1024;

class Log {
public:
    Log(LogLevel level, LogFormat format, int fd = 2);
    void write(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields = {}) const;
    bool enabled(LogLevel level) const { return level >= level_; }

private:
    LogLevel level_;
    LogFormat format_;
    int fd_;
};

}  // namespace signet
