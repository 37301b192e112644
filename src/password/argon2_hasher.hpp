#pragma once

#include "password/argon2.hpp"
#include "password/argon2_options.hpp"
#include "password/bcrypt.hpp"
#include "password/phc.hpp"

#include <signet/ports/passwords.hpp>
#include <signet/ports/system.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

struct Argon2HasherHooks {
    // Told when a stored hash cannot be read, and never any part of it.
    std::function<void(std::string_view reason)> on_unreadable_hash;
    // What derives; tests put failing memory here.
    std::function<Argon2Outcome(const Argon2Input&, std::span<std::byte>)> derive = &derive_argon2;
};

// Hashes by Argon2id; verifies Argon2id, Argon2i and bcrypt. Holds no Argon2 memory between two
// calls. `options` must have passed argon2_options_fault.
class Argon2Hasher final : public PasswordHasher {
public:
    Argon2Hasher(const Argon2Options& options, Random& random, Argon2HasherHooks hooks = {});

    // A password that is no UTF-8, or longer than kPasswordBytesMax in NFC, is an internal error:
    // the judge refuses it before.
    Result<Text> hash(std::string_view password) override;

    // Every answer costs a hash at today's options at least, so that time tells as little as can
    // be: also a password that can be nobody's, a stored hash that cannot be read or is empty, and
    // one that was made at lower cost, which is topped up whether the password is right or wrong.
    // What costs more than today's options (bcrypt of cost 10) shows until the next login replaces
    // it.
    Result<PasswordVerdict> verify(std::string_view password, std::string_view stored) override;

    Result<void> verify_nobody(std::string_view password) override;

private:
    Result<PasswordVerdict> verify_argon2(std::string_view password, const PhcHash& stored);
    Result<PasswordVerdict> verify_bcrypt(std::string_view password, const std::string& stored);
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
