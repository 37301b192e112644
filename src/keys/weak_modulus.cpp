#include "keys/weak_modulus.hpp"

#include "tokens/openssl_handles.hpp"

#include <array>
#include <new>

namespace signet::keys {
namespace {

constexpr unsigned kGenerator = 65537;
constexpr int kFermatSteps = 100;

// The odd primes that divide the primorial of the smallest affected keys.
constexpr std::array<unsigned, 38> kSmallPrimes{
    3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

bool is_power_of_generator(unsigned residue, unsigned prime) {
    unsigned power = 1;
    do {
        if (power == residue) {
            return true;
        }
        power = power * (kGenerator % prime) % prime;
    } while (power != 1);
    return false;
}

void require(bool done) {
    if (!done) {
        throw std::bad_alloc();  // the only way in which these functions of OpenSSL fail
    }
}

tokens::BnPtr copy(const BIGNUM& number) {
    tokens::BnPtr out(BN_dup(&number));
    require(out != nullptr);
    return out;
}

// The largest root with root² <= number, by Newton's method.
tokens::BnPtr square_root(const BIGNUM& number, BN_CTX* context) {
    tokens::BnPtr root(BN_new());
    tokens::BnPtr next(BN_new());
    require(root && next && BN_one(root.get()) == 1);
    require(BN_lshift(root.get(), root.get(), BN_num_bits(&number) / 2 + 1) == 1);
    while (true) {
        require(BN_div(next.get(), nullptr, &number, root.get(), context) == 1 &&
                BN_add(next.get(), next.get(), root.get()) == 1 &&
                BN_rshift1(next.get(), next.get()) == 1);
        if (BN_cmp(next.get(), root.get()) >= 0) {
            return root;
        }
        root.swap(next);
    }
}

bool is_square(const BIGNUM& number, BN_CTX* context) {
    if (BN_is_zero(&number)) {
        return true;
    }
    const tokens::BnPtr root = square_root(number, context);
    tokens::BnPtr square(BN_new());
    require(square && BN_sqr(square.get(), root.get(), context) == 1);
    return BN_cmp(square.get(), &number) == 0;
}

}  // namespace

bool has_roca_fingerprint(const BIGNUM& n) {
    for (const unsigned prime : kSmallPrimes) {
        if (!is_power_of_generator(static_cast<unsigned>(BN_mod_word(&n, prime)), prime)) {
            return false;
        }
    }
    return true;
}

bool has_close_factors(const BIGNUM& n) {
    const tokens::BnCtxPtr context(BN_CTX_new());
    require(context != nullptr);
    const tokens::BnPtr a = square_root(n, context.get());
    tokens::BnPtr rest(BN_new());
    require(rest != nullptr);
    for (int step = 0; step <= kFermatSteps; ++step) {
        // n = a² - b² when a² - n is a square.
        require(BN_sqr(rest.get(), a.get(), context.get()) == 1 &&
                BN_sub(rest.get(), rest.get(), &n) == 1);
        if (!BN_is_negative(rest.get()) && is_square(*rest, context.get())) {
            return true;
        }
        require(BN_add_word(a.get(), 1) == 1);
    }
    return false;
}

bool are_close(const BIGNUM& p, const BIGNUM& q, std::size_t modulus_bits) {
    const tokens::BnPtr distance = copy(p);
    require(BN_sub(distance.get(), &p, &q) == 1);
    return BN_num_bits(distance.get()) <= static_cast<int>(modulus_bits / 2) - 100;
}

}  // namespace signet::keys
