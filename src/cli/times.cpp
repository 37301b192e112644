#include "cli/times.hpp"

#include "config/value.hpp"

#include <array>
#include <chrono>
#include <cstddef>

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

}  // namespace

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
