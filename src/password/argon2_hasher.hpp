#pragma once

#include "password/argon2.hpp"
#include "password/bcrypt.hpp"
#include "password/foreign_hash.hpp"

#include <signet/ports/passwords.hpp>
#include <signet/ports/system.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

// The rounds of bcrypt that all spellings of a password may take together: two spellings of the
// highest cost, and three below. The third is for a password that was stored decomposed and is
// typed half composed.
inline constexpr std::size_t kBcryptRoundsMax = std::size_t{2} << kBcryptCostMax;

// At most so much is reported as the longest verification, or one very costly hash would delay the
// refusals of everybody for as long.
inline constexpr std::chrono::milliseconds kLongestVerificationMax{1000};

// The longest time that the verification of a hash which new ones are not like has taken, in this
// process. Thread-safe.
class LongestVerification {
public:
    // `used` is the time of a core. More will pass where threads share cores, so a part is added.
    void note(std::chrono::nanoseconds used);
    std::chrono::milliseconds value() const { return std::chrono::milliseconds(ms_); }

private:
    std::atomic<std::int64_t> ms_ = 0;
};

struct Argon2HasherHooks {
    // Called when a stored hash cannot be read, with a reason that has no part of the hash.
    std::function<void(std::string_view reason)> on_unreadable_hash = nullptr;
    // Computes Argon2. Tests replace it to simulate a lack of memory.
    std::function<Argon2Outcome(const Argon2Input&, std::span<std::byte>)> derive = &derive_argon2;
    // A stored hash that asks for more memory counts as one that cannot be read.
    std::uint64_t memory_kib_max = kArgon2MemoryKibMax;
    // Shared by the hashers of a process; may be null.
    std::shared_ptr<LongestVerification> longest = nullptr;
    // Computes hashes of other services.
    std::function<bool(const ForeignHash&, std::string_view password, std::string_view signer_key,
                       std::span<char> tag)>
        derive_foreign = &signet::derive_foreign;
    // AUTH_FIREBASE_SIGNER_KEY, which has to outlive the hasher; empty: none.
    std::string_view signer_key = {};
};

// Hashes by Argon2id; verifies Argon2, bcrypt, scrypt, PBKDF2 and Firebase's scrypt. Holds no
// Argon2 memory between calls. Not thread-safe. `options` must have passed argon2_options_fault().
class Argon2Hasher final : public PasswordHasher {
public:
    Argon2Hasher(const Argon2Options& options, Random& random, Argon2HasherHooks hooks = {});

    // Returns an internal error for a password that is not UTF-8 or is longer than
    // kPasswordBytesMax in NFC, because the judge has to refuse it before.
    Result<Text> hash(std::string_view password) override;

    // Every call takes as long as a hash with today's options at least, so that time reveals as
    // little as possible. That includes an impossible password, a stored hash that is empty or
    // cannot be read, and a stored hash of lower cost, for which work is added whether the password
    // is right or wrong. A stored hash of higher cost (bcrypt of cost 10) takes longer, until the
    // next login replaces it.
    Result<PasswordVerdict> verify(std::string_view password, std::string_view stored) override;

    // Returns why verify() cannot read `stored`, in a sentence that holds no part of it, or
    // nothing.
    std::optional<std::string> hash_fault(std::string_view stored) const;
    Result<void> verify_nobody(std::string_view password) override;
    std::chrono::milliseconds longest_verification() const override;

private:
    Result<PasswordVerdict> verify_argon2(std::string_view password, const PhcHash& stored);
    Result<PasswordVerdict> verify_bcrypt(std::string_view password, const std::string& stored,
                                          int cost);
    Result<PasswordVerdict> verify_foreign(std::string_view password, const ForeignHash& stored);
    Result<void> derive(std::string_view password, const PhcHash& settings,
                        std::span<char> tag) const;
    Result<void> top_up(std::uint64_t spent_kib) const;
    std::string random_bytes(std::size_t count);

    Argon2Options options_;
    Random& random_;
    Argon2HasherHooks hooks_;
    Bcrypt bcrypt_;
    PhcHash nobody_;
};

}  // namespace signet
