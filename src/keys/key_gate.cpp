#include "keys/key_gate.hpp"

#include "tokens/openssl_handles.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

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
        throw std::bad_alloc();  // these functions of OpenSSL fail in no other way
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

namespace {

tokens::BnPtr number(const tokens::KeyPair& key, const char* name) {
    BIGNUM* raw = nullptr;
    EVP_PKEY_get_bn_param(key.handle(), name, &raw);
    return tokens::BnPtr(raw);
}

std::optional<std::string> find_bad_shape(const tokens::KeyPair& key) {
    if (key.bits() < tokens::kRsaBitsMin) {
        return "has " + std::to_string(key.bits()) + " bits; at least " +
               std::to_string(tokens::kRsaBitsMin) + " are needed";
    }
    if (key.bits() > tokens::kRsaBitsMax) {
        return "has " + std::to_string(key.bits()) + " bits; at most " +
               std::to_string(tokens::kRsaBitsMax) + " are taken";
    }
    if (key.e() != "AQAB") {
        return "has a public exponent other than 65537";
    }
    if (key.has_private() && number(key, OSSL_PKEY_PARAM_RSA_FACTOR3)) {
        return "has more than two primes";
    }
    return std::nullopt;
}

std::optional<std::string> find_bad_primes(const tokens::KeyPair& key) {
    const tokens::BnPtr n = number(key, OSSL_PKEY_PARAM_RSA_N);
    if (!n || has_roca_fingerprint(*n)) {
        return "was made by a generator whose keys can be factored (CVE-2017-15361)";
    }
    bool close = has_close_factors(*n);
    if (key.has_private()) {
        const tokens::BnPtr p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
        const tokens::BnPtr q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
        if (!p || !q) {
            return "lacks its primes";
        }
        close = close || are_close(*p, *q, key.bits());
    }
    if (close) {
        return "has primes so close together that it can be factored";
    }
    return std::nullopt;
}

// Whether the numbers belong together. Of RSA, p and q are prime, n is their product and d inverts
// e; a point is on its curve, and the private half is that of the point.
bool is_consistent(const tokens::KeyPair& key) {
    const tokens::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.handle(), nullptr));
    if (!context) {
        return false;
    }
    return key.has_private() ? EVP_PKEY_check(context.get()) == 1
                             : EVP_PKEY_public_check(context.get()) == 1;
}

std::optional<std::string> find_bad_numbers(const tokens::KeyPair& key) {
    if (key.alg() != tokens::kRs256) {
        return std::nullopt;
    }
    auto reason = find_bad_shape(key);
    return reason ? reason : find_bad_primes(key);
}

std::optional<std::string> find_bad_signature(const tokens::KeyPair& key) {
    constexpr std::string_view kMessage = "signet key self-test";
    if (!key.has_private()) {
        return std::nullopt;
    }
    const auto signature = key.sign(kMessage);
    const bool verifies = signature && key.verify(kMessage, *signature);
    return verifies ? std::nullopt
                    : std::optional<std::string>("is damaged: it cannot verify what it signs");
}

}  // namespace

std::optional<std::string> find_plain_weakness(const tokens::KeyPair& key) {
    const tokens::ErrorQueueGuard guard;
    auto reason = find_bad_numbers(key);
    return reason ? reason : find_bad_signature(key);
}

std::optional<std::string> find_weakness(const tokens::KeyPair& key) {
    const tokens::ErrorQueueGuard guard;
    if (auto reason = find_bad_numbers(key)) {
        return reason;
    }
    if (!is_consistent(key)) {
        return "is damaged: its numbers do not belong together";
    }
    return find_bad_signature(key);
}

namespace {

bool is_public(std::string_view pem) {
    return pem.find("PUBLIC KEY-----") != std::string_view::npos;
}

Result<tokens::KeyPair> load(std::string_view pem, std::string_view source, Judged judged,
                             bool as_public) {
    const auto refuse = [source](const std::string& reason) {
        return Error(Errc::key_unusable, std::string(source) + ": " + reason);
    };
    if (pem.size() > kPemBytesMax) {
        return refuse("is larger than " + std::to_string(kPemBytesMax) + " bytes");
    }
    auto key =
        as_public ? tokens::KeyPair::from_public_pem(pem) : tokens::KeyPair::from_private_pem(pem);
    if (!key) {
        return refuse("the key " + key.error().log_detail);
    }
    std::optional<std::string> weakness;
    if (judged != Judged::no) {
        weakness = judged == Judged::by_gate ? find_weakness(*key) : find_plain_weakness(*key);
    }
    if (weakness) {
        return refuse("the key " + *weakness);
    }
    return key;
}

}  // namespace

Result<tokens::KeyPair> load_key(std::string_view pem, std::string_view source, Judged judged) {
    return load(pem, source, judged, is_public(pem));
}

Result<tokens::KeyPair> load_private_key(std::string_view pem, std::string_view source) {
    return load(pem, source, Judged::by_gate, false);
}

Result<tokens::KeyPair> load_public_key(std::string_view pem, std::string_view source) {
    return load(pem, source, Judged::by_gate, true);
}

bool is_kid(std::string_view text) {
    return !text.empty() && text.size() <= kKidBytesMax &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

KeyLoad load_fixed_key(const FixedKeyOptions& options, std::int64_t now_s) {
    KeyLoad load;
    const auto key = load_private_key(options.private_pem, "AUTH_PRIVATE_KEY");
    if (!key) {
        load.errors.push_back(key.error().log_detail);
    } else if (key->alg() != tokens::kAlg) {
        load.errors.emplace_back("AUTH_PRIVATE_KEY: is no RSA key");
    }
    if (options.public_pem) {
        const auto other = load_public_key(*options.public_pem, "AUTH_PUBLIC_KEY");
        if (!other) {
            load.errors.push_back(other.error().log_detail);
        } else if (key && other->thumbprint() != key->thumbprint()) {
            load.errors.emplace_back("AUTH_PUBLIC_KEY: is not the public half of AUTH_PRIVATE_KEY");
        }
    }
    if (options.kid && !is_kid(*options.kid)) {
        load.errors.push_back("AUTH_KEY_ID: has to be 1 to " + std::to_string(kKidBytesMax) +
                              " visible ASCII characters");
    }
    if (!load.errors.empty()) {
        return load;
    }
    std::vector<tokens::Key> keys;
    keys.push_back({options.kid.value_or(key->thumbprint()),
                    std::string(tokens::kAlg),
                    KeyState::active,
                    now_s,
                    *key,
                    {}});
    load.keys = *tokens::KeySet::make(std::move(keys));
    return load;
}

}  // namespace signet::keys
