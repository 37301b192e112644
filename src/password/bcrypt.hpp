#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct crypt_data;  // NOLINT(readability-identifier-naming): the name is libxcrypt's

namespace signet {

inline constexpr std::size_t kBcryptBytesMax = 60;     // the length of every bcrypt string
inline constexpr std::size_t kBcryptPasswordMax = 72;  // bytes; bcrypt ignores the rest
inline constexpr int kBcryptCostMin = 4;
inline constexpr int kBcryptCostMax = 14;  // about 1 s of one core

// What a comparison with a bcrypt hash has shown.
enum class BcryptMatch : std::uint8_t {
    none,
    whole,
    // Of a candidate of 72 bytes or more. Nothing tells how the password goes on, because bcrypt
    // never saw that.
    beginning,
};

// Returns the cost of a bcrypt string `$2a$`, `$2b$` or `$2y$` of 60 characters with a cost within
// the limits, or nothing for everything else.
std::optional<int> bcrypt_cost(std::string_view stored);

// Verifies bcrypt hashes that other services have made. Not thread-safe: it owns the 32 KiB that
// libxcrypt works in.
class Bcrypt {
public:
    Bcrypt();
    ~Bcrypt();
    Bcrypt(const Bcrypt&) = delete;
    Bcrypt& operator=(const Bcrypt&) = delete;

    // Whether one of `candidates` is the password of `stored`, which has passed bcrypt_cost(). Only
    // the first 72 bytes of each count. A candidate with a NUL, at which bcrypt would end, never
    // matches. Does the work of one comparison even when there is no other candidate.
    BcryptMatch match_any(std::span<const std::string> candidates, const std::string& stored);

private:
    bool matches(const std::string& candidate, const std::string& stored);

    std::unique_ptr<crypt_data> scratch_;
};

}  // namespace signet
