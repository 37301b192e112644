#pragma once

#include "tokens/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <string>

// Keys that have to be refused. They are made when a test asks for them.
namespace signet::test {

using tokens::BioPtr;
using tokens::BnCtxPtr;
using tokens::BnPtr;
using tokens::PkeyCtxPtr;
using tokens::PkeyPtr;

inline void must(bool done) {
    if (!done) {
        throw std::runtime_error("a test key cannot be made");
    }
}

inline std::string text_of(const BioPtr& bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

inline std::string pkcs8_pem(EVP_PKEY* key, const char* passphrase = nullptr) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PKCS8PrivateKey(
             bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_256_cbc(), passphrase,
             passphrase == nullptr ? 0 : 6, nullptr, nullptr) == 1);
    return text_of(bio);
}

// Returns a key as PKCS#1 ("RSA PRIVATE KEY"), under the old PEM encryption if `encrypted`.
inline std::string pkcs1_pem(EVP_PKEY* key, bool encrypted = false) {
    unsigned char passphrase[] = "secret";
    const BioPtr bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PrivateKey_traditional(
             bio.get(), key, encrypted ? EVP_aes_256_cbc() : nullptr,
             encrypted ? passphrase : nullptr, encrypted ? 6 : 0, nullptr, nullptr) == 1);
    return text_of(bio);
}

inline std::string public_pem(EVP_PKEY* key) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PUBKEY(bio.get(), key) == 1);
    return text_of(bio);
}

inline std::string pkcs1_public_pem(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PublicKey(key, &der);
    must(size > 0);
    const BioPtr bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio(bio.get(), "RSA PUBLIC KEY", "", der, size) > 0);
    OPENSSL_free(der);
    return text_of(bio);
}

inline std::string private_der(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(key, &der);
    must(size > 0);
    std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

struct RsaShape {
    const char* type = "RSA";
    int bits = 2048;
    unsigned long exponent = 65537;
    int primes = 2;
};

inline PkeyPtr make_rsa(const RsaShape& shape) {
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, shape.type, nullptr));
    const BnPtr e(BN_new());
    must(context && e && BN_set_word(e.get(), shape.exponent) == 1);
    must(EVP_PKEY_keygen_init(context.get()) == 1);
    must(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), shape.bits) == 1);
    must(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) == 1);
    must(EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), shape.primes) == 1);
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_keygen(context.get(), &key) == 1);
    return PkeyPtr(key);
}

// Returns a key of these two factors with e = 65537. `d_offset` is added to its private exponent.
inline PkeyPtr rsa_of(const BIGNUM* p, const BIGNUM* q, unsigned long d_offset = 0) {
    const BnCtxPtr ctx(BN_CTX_new());
    const BnPtr n(BN_new());
    const BnPtr e(BN_new());
    const BnPtr d(BN_new());
    const BnPtr p1(BN_dup(p));
    const BnPtr q1(BN_dup(q));
    const BnPtr phi(BN_new());
    const BnPtr dp(BN_new());
    const BnPtr dq(BN_new());
    const BnPtr qi(BN_new());
    must(BN_mul(n.get(), p, q, ctx.get()) == 1 && BN_set_word(e.get(), 65537) == 1);
    must(BN_sub_word(p1.get(), 1) == 1 && BN_sub_word(q1.get(), 1) == 1);
    must(BN_mul(phi.get(), p1.get(), q1.get(), ctx.get()) == 1);
    must(BN_mod_inverse(d.get(), e.get(), phi.get(), ctx.get()) != nullptr);
    must(BN_add_word(d.get(), d_offset) == 1);
    must(BN_mod(dp.get(), d.get(), p1.get(), ctx.get()) == 1);
    must(BN_mod(dq.get(), d.get(), q1.get(), ctx.get()) == 1);
    must(BN_mod_inverse(qi.get(), q, p, ctx.get()) != nullptr);
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR1, p) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR2, q) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, qi.get()) == 1);
    OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    const bool made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) == 1;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    must(made);
    return PkeyPtr(key);
}

// Returns a public key with any odd modulus.
inline PkeyPtr public_rsa_of(const BIGNUM* n) {
    OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
    const BnPtr e(BN_new());
    must(BN_set_word(e.get(), 65537) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
    OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    const bool made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) == 1;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    must(made);
    return PkeyPtr(key);
}

// Returns an odd number of `bits` bits whose two upper bits are set, so that the product of two has
// twice as many bits.
inline BnPtr random_odd(int bits) {
    BnPtr number(BN_new());
    must(number && BN_rand(number.get(), bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) == 1);
    return number;
}

inline void advance_to_prime(BIGNUM* number) {
    const BnCtxPtr ctx(BN_CTX_new());
    do {
        must(BN_add_word(number, 2) == 1);
    } while (BN_check_prime(number, ctx.get(), nullptr) != 1);
}

// Returns a key of two primes that are 2^distance_bits apart, or consecutive if that is 0.
inline PkeyPtr make_close_primes(int distance_bits = 0) {
    const BnPtr p = random_odd(1024);
    advance_to_prime(p.get());
    const BnPtr q(BN_dup(p.get()));
    const BnPtr distance(BN_new());
    must(BN_one(distance.get()) == 1);
    must(BN_lshift(distance.get(), distance.get(), distance_bits) == 1);
    must(distance_bits == 0 || BN_sub(q.get(), q.get(), distance.get()) == 1);
    advance_to_prime(q.get());
    return rsa_of(p.get(), q.get());
}

// Returns a key with a factor that is not prime.
inline PkeyPtr make_composite_factor() {
    const BnPtr p = random_odd(1024);
    advance_to_prime(p.get());
    const BnPtr q = random_odd(1024);
    const BnCtxPtr ctx(BN_CTX_new());
    while (BN_check_prime(q.get(), ctx.get(), nullptr) == 1) {
        must(BN_add_word(q.get(), 2) == 1);
    }
    // e has to have an inverse, which it lacks for one number in 65537 only.
    return rsa_of(p.get(), q.get());
}

inline PkeyPtr make_wrong_exponent() {
    const BnPtr p = random_odd(1024);
    const BnPtr q = random_odd(1024);
    advance_to_prime(p.get());
    advance_to_prime(q.get());
    return rsa_of(p.get(), q.get(), 2);
}

// Returns a prime of the form k·M + (65537^a mod M), where M is the product of the primes up to
// 167, as the flawed generator of Infineon made them (ROCA, CVE-2017-15361).
inline BnPtr make_roca_prime() {
    const BnCtxPtr ctx(BN_CTX_new());
    const BnPtr m(BN_new());
    must(BN_set_word(m.get(), 2) == 1);
    for (unsigned long candidate = 3; candidate <= 167; candidate += 2) {
        bool prime = true;
        for (unsigned long divisor = 3; divisor * divisor <= candidate; divisor += 2) {
            prime = prime && candidate % divisor != 0;
        }
        must(!prime || BN_mul_word(m.get(), candidate) == 1);
    }
    const BnPtr generator(BN_new());
    const BnPtr power(BN_new());
    must(BN_set_word(generator.get(), 65537) == 1);
    while (true) {
        BnPtr prime = random_odd(1024);
        const BnPtr exponent = random_odd(64);
        const BnPtr rest(BN_new());
        must(BN_mod_exp(power.get(), generator.get(), exponent.get(), m.get(), ctx.get()) == 1);
        must(BN_mod(rest.get(), prime.get(), m.get(), ctx.get()) == 1);
        must(BN_sub(prime.get(), prime.get(), rest.get()) == 1);
        must(BN_add(prime.get(), prime.get(), power.get()) == 1);
        if (BN_num_bits(prime.get()) == 1024 &&
            BN_check_prime(prime.get(), ctx.get(), nullptr) == 1) {
            return prime;
        }
    }
}

inline PkeyPtr make_roca() {
    const BnPtr p = make_roca_prime();
    const BnPtr q = make_roca_prime();
    return rsa_of(p.get(), q.get());
}

}  // namespace signet::test
