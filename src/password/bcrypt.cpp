#include "password/bcrypt.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"

#include <crypt.h>

#include <algorithm>

namespace signet {
namespace {

constexpr std::size_t kSettingLength = 7;  // $2b$10$
constexpr std::size_t kTagLength = 31;     // the last characters, after the salt

bool is_bcrypt64(char c) {
    return is_alphanumeric(c) || c == '.' || c == '/';
}

}  // namespace

std::optional<int> bcrypt_cost(std::string_view stored) {
    if (stored.size() != kBcryptBytesMax || stored.substr(0, 2) != "$2" ||
        std::string_view("aby").find(stored[2]) == std::string_view::npos || stored[3] != '$' ||
        !is_digit(stored[4]) || !is_digit(stored[5]) || stored[6] != '$')
        return std::nullopt;
    const auto rest = stored.substr(kSettingLength);
    if (!std::ranges::all_of(rest, is_bcrypt64))
        return std::nullopt;
    const int cost = (stored[4] - '0') * 10 + (stored[5] - '0');
    if (cost < kBcryptCostMin || cost > kBcryptCostMax)
        return std::nullopt;
    return cost;
}

Bcrypt::Bcrypt() : scratch_(std::make_unique<crypt_data>()) {}
Bcrypt::~Bcrypt() = default;

bool Bcrypt::matches(const std::string& candidate, const std::string& stored) {
    *scratch_ = {};
    const char* made = crypt_rn(candidate.c_str(), stored.c_str(), scratch_.get(),
                                static_cast<int>(sizeof(crypt_data)));
    const std::string_view output = made == nullptr ? std::string_view() : made;
    // The last character of the salt has unused bits that libxcrypt clears, so only the tags are
    // compared.
    const bool same =
        output.size() == kBcryptBytesMax &&
        equal_in_constant_time(output.substr(kBcryptBytesMax - kTagLength),
                               std::string_view(stored).substr(kBcryptBytesMax - kTagLength));
    wipe(scratch_.get(), sizeof(crypt_data));
    return same;
}

BcryptMatch Bcrypt::match_any(std::span<const std::string> candidates, const std::string& stored) {
    bool worked = false;
    for (const auto& candidate : candidates) {
        if (candidate.find('\0') != std::string::npos)
            continue;
        worked = true;
        // libxcrypt refuses what is much longer instead of cutting it.
        std::string counted = candidate.substr(0, kBcryptPasswordMax);
        const WipeOnExit wiped(counted);
        if (matches(counted, stored))
            return counted.size() < kBcryptPasswordMax ? BcryptMatch::whole
                                                       : BcryptMatch::beginning;
    }
    if (!worked)
        static_cast<void>(matches("", stored));
    return BcryptMatch::none;
}

}  // namespace signet
