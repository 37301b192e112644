#include "cli/times.hpp"

#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace signet::cli {
namespace {

// Reads YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ. Returns Unix seconds, or nothing if it is neither.
std::optional<std::int64_t> read_date(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
    constexpr std::size_t kDateChars = 10;
    if (text.size() != kDateChars && text.size() != kShape.size()) {
        return std::nullopt;
    }
    std::array<int, 6> numbers{};
    std::size_t part = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (digit != (kShape[i] == 'd') || (!digit && text[i] != kShape[i])) {
            return std::nullopt;
        }
        if (digit) {
            numbers[part] = numbers[part] * 10 + (text[i] - '0');
        } else {
            ++part;
        }
    }
    const auto [year, month, day, hour, minute, second] = numbers;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    const auto midnight = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(midnight).count() + hour * 3600 +
           minute * 60 + second;
}

// Reads Z, ±HH, ±HHMM or ±HH:MM. Returns seconds east of UTC; nothing at all is UTC.
std::optional<std::int64_t> read_offset_s(std::string_view text) {
    if (text.empty() || text == "Z") {
        return 0;
    }
    std::string digits(text.substr(1));
    std::erase(digits, ':');
    digits.append(digits.size() == 2 ? 2 : 0, '0');
    const auto number = config::read_number(digits, 0, 1800);
    if (!number || digits.size() != 4 || (text.front() != '+' && text.front() != '-')) {
        return std::nullopt;
    }
    const std::int64_t offset_s = *number / 100 * 3600 + *number % 100 * 60;
    return text.front() == '-' ? -offset_s : offset_s;
}

}  // namespace

std::optional<std::int64_t> read_timestamp(std::string_view text) {
    constexpr std::int64_t kSecondsMax = 100'000'000'000;
    constexpr std::int64_t kMillisecondsMax = kSecondsMax * 1000;
    constexpr std::size_t kSecondsChars = 19;  // YYYY-MM-DDTHH:MM:SS
    if (const auto unix_time = config::read_number(text, 0, kMillisecondsMax)) {
        return *unix_time < kSecondsMax ? *unix_time : *unix_time / 1000;
    }
    std::string seconds(text.substr(0, kSecondsChars));
    if (seconds.size() == kSecondsChars && seconds[10] == ' ') {
        seconds[10] = 'T';
    }
    text.remove_prefix(seconds.size());
    if (text.starts_with('.')) {
        text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
    }
    const auto date_s = read_date(seconds.size() == kSecondsChars ? seconds + 'Z' : seconds);
    const auto offset_s = read_offset_s(text);
    return date_s && offset_s ? std::optional(*date_s - *offset_s) : std::nullopt;
}

std::optional<std::int64_t> read_until(std::string_view text, std::int64_t now_s) {
    if (const auto duration_s = config::read_duration_s(text)) {
        return now_s + *duration_s;
    }
    const auto date_s = read_date(text);
    return date_s && *date_s > now_s ? date_s : std::nullopt;
}

std::optional<std::int64_t> read_since(std::string_view text, std::int64_t now_s) {
    if (const auto duration_s = config::read_duration_s(text)) {
        return now_s - *duration_s;
    }
    const auto date_s = read_date(text);
    return date_s && *date_s <= now_s ? date_s : std::nullopt;
}

}  // namespace signet::cli
