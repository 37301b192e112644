#include "password/argon2.hpp"
#include "password/bcrypt.hpp"
#include "password/foreign_hash.hpp"
#include "support/fuzz.hpp"

#include <span>
#include <string>

namespace {

using namespace signet;
using test::hold;

constexpr std::uint64_t kCheapKib = 64;

// What PasswordHasher finds in a row of the table.
void run(std::string_view input) {
    const auto cost = bcrypt_cost(input);
    hold(!cost || (*cost >= kBcryptCostMin && *cost <= kBcryptCostMax &&
                   input.size() == kBcryptBytesMax),
         "a bcrypt string has a bounded cost and one length");
    const auto hash = parse_phc(input);
    const auto foreign = parse_foreign(input);
    hold(!foreign || (!cost && !hash), "no string is of two forms");
    if (foreign) {
        hold(foreign->memory_kib() * foreign->p <= kScryptWorkKibMax,
             "scrypt is within the limits");
        hold(foreign->iterations <= kPbkdf2RoundsMax && foreign->tries_max() >= 2,
             "PBKDF2 is within the limits");
        if (foreign->like_argon2_kib() <= kCheapKib) {
            std::string tag(foreign->tag.size(), '\0');
            hold(derive_foreign(*foreign, "password", std::string(kFirebaseTagBytes, 'k'), tag),
                 "what is read can be computed");
        }
    }
    if (!hash) {
        return;
    }
    hold(!cost, "no string is of both forms");
    hold(!argon2_options_fault(hash->options), "the cost is within the limits");
    hold(format_phc(*hash) == input, "a hash has one spelling");
    if (argon2_work_kib(hash->options) <= kCheapKib) {
        std::string tag(hash->tag.size(), '\0');
        const auto outcome = derive_argon2({hash->variant, hash->options, "password", hash->salt},
                                           std::as_writable_bytes(std::span<char>(tag)));
        hold(outcome == Argon2Outcome::done, "what is read can be computed");
    }
}

const test::FuzzRegistration kTarget("password_hash", run);

}  // namespace
