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
inline constexpr std::size_t kBcryptPasswordMax = 72;  // bytes; bcrypt does not look further
inline constexpr int kBcryptCostMin = 4;
inline constexpr int kBcryptCostMax = 14;  // about 1 s of one core

// The cost of a bcrypt string `$2a$`, `$2b$` or `$2y$` of 60 characters with a cost within the
// limits; empty for everything else.
std::optional<int> bcrypt_cost(std::string_view stored);

// Verifies bcrypt hashes, as other services left them. New ones are never made. One thread's: it
// owns the 32 KiB that libxcrypt works in.
class Bcrypt {
public:
    Bcrypt();
    ~Bcrypt();
    Bcrypt(const Bcrypt&) = delete;
    Bcrypt& operator=(const Bcrypt&) = delete;

    // Whether one of `candidates` is the password of `stored`, which has passed bcrypt_cost. A
    // candidate that bcrypt would look at in part only (more than 72 bytes, or a NUL in it) never
    // is; the work of one is done even when none is left. Candidates are secrets: not copied.
    bool matches_any(std::span<const std::string> candidates, const std::string& stored);

private:
    bool matches(const std::string& candidate, const std::string& stored);

    std::unique_ptr<crypt_data> scratch_;
};

}  // namespace signet
