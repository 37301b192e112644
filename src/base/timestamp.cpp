#include "base/timestamp.hpp"

#include <array>
#include <ctime>

namespace signet {

std::string rfc3339(std::int64_t unix_s) {
    const std::time_t time = unix_s;
    std::tm parts{};
    if (gmtime_r(&time, &parts) == nullptr) {
        return std::to_string(unix_s);
    }
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

}  // namespace signet
