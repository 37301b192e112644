#include "http/http_date.hpp"

#include <array>
#include <ctime>
#include <string_view>

namespace signet::http {
namespace {

// Not strftime: the names must not follow the locale.
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_number(std::string& out, int value, int digits) {
    for (int divisor = digits == 4 ? 1000 : 10; divisor > 0; divisor /= 10) {
        out.push_back(static_cast<char>('0' + value / divisor % 10));
    }
}

}  // namespace

std::string http_date(std::int64_t unix_s) {
    const std::time_t time = unix_s;
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::string out;
    out.reserve(29);
    out.append(kDays[static_cast<std::size_t>(utc.tm_wday)]).append(", ");
    append_number(out, utc.tm_mday, 2);
    out.append(" ").append(kMonths[static_cast<std::size_t>(utc.tm_mon)]).append(" ");
    append_number(out, utc.tm_year + 1900, 4);
    out.push_back(' ');
    append_number(out, utc.tm_hour, 2);
    out.push_back(':');
    append_number(out, utc.tm_min, 2);
    out.push_back(':');
    append_number(out, utc.tm_sec, 2);
    out.append(" GMT");
    return out;
}

}  // namespace signet::http
