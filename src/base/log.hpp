#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace signet {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { json, text };

// One member of a log line. Values are escaped: what a client sent cannot forge a line.
struct LogField {
    std::string_view name;
    std::string value;
    bool is_number = false;  // written without quotes

    LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
    LogField(std::string_view n, std::int64_t v)
        : name(n), value(std::to_string(v)), is_number(true) {}
};

inline constexpr std::size_t kLogValueBytesMax = 1024;
// A pipe takes up to PIPE_BUF (4096 bytes on Linux) in one piece. If escapes make a line longer,
// its values are cut further.
inline constexpr std::size_t kLogLineBytesMax = 4096;

// Writes events to stderr, one line each: {"time":…,"level":…,"event":…,fields…}, in the text form
// `time LEVEL event name=value …`. Times are RFC 3339 in UTC with milliseconds. Thread-safe; a line
// is one write(2). A line that cannot be written is counted, never waited for; the next one that
// can be carries the count as `linesLost`. Values longer than kLogValueBytesMax are cut, invalid
// UTF-8 is replaced. A copy writes to the same place and shares the count.
class Log {
public:
    Log(LogLevel level, LogFormat format, int fd = 2);
    void write(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields = {}) const;
    bool enabled(LogLevel level) const { return level >= level_; }

private:
    struct Sink;
    LogLevel level_;
    LogFormat format_;
    std::shared_ptr<Sink> sink_;
};

}  // namespace signet
