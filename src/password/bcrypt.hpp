#pragma once

#include <cstddef>
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

    // Whether one of `candidates` is the password of `stored`, which has passed bcrypt_cost(). A
    // candidate of which bcrypt would ignore a part (more than 72 bytes, or a NUL in it) never
    // matches. Does the work of one comparison even when there is no other candidate. Does not copy
    // candidates, which are secrets.
    bool matches_any(std::span<const std::string> candidates, const std::string& stored);

private:
    bool matches(const std::string& candidate, const std::string& stored);

    std::unique_ptr<crypt_data> scratch_;
};

}  // namespace signet
