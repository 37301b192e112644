#include "keys/key_gate.hpp"

#include "support/bad_keys.hpp"
#include "support/keys.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace signet::keys;
using namespace signet::tokens;
using namespace signet::test;

namespace {

// Returns the sentence with which a private key is refused, or nothing if it is accepted.
std::string refusal(const std::string& pem) {
    const auto loaded = load_private_key(pem, "keys/a.pem");
    if (loaded.has_value()) {
        return "";
    }
    CHECK(loaded.error().errc == signet::Errc::key_unusable);
    CHECK(loaded.error().log_detail.starts_with("keys/a.pem: "));
    return loaded.error().log_detail;
}

std::string public_refusal(const std::string& pem) {
    const auto loaded = load_public_key(pem, "b.pem");
    return loaded.has_value() ? "" : loaded.error().log_detail;
}

bool says(const std::string& sentence, std::string_view part) {
    return sentence.find(part) != std::string::npos;
}

std::string good_pem() {
    return *key(0).to_private_pem();
}

}  // namespace

TEST_CASE("a sound key passes the gate in every form") {
    CHECK(refusal(good_pem()).empty());
    CHECK(refusal(pkcs1_pem(key(0).handle())).empty());
    CHECK(refusal("A comment before the key.\n" + good_pem() + "\n").empty());
    CHECK(public_refusal(public_pem(key(0).handle())).empty());
    CHECK(refusal(pkcs8_pem(make_rsa({"RSA", 3072}).get())).empty());
}

TEST_CASE("keys that are too small are refused") {
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA", 512}).get())), "has 512 bits"));
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA", 1024}).get())), "has 1024 bits"));
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA", 2040}).get())), "has 2040 bits"));
    CHECK(says(public_refusal(public_pem(make_rsa({"RSA", 1024}).get())), "has 1024 bits"));
}

TEST_CASE("keys that are too large are refused") {
    const BnPtr n = random_odd(9000);
    CHECK(says(public_refusal(public_pem(public_rsa_of(n.get()).get())), "has 9000 bits"));
}

TEST_CASE("exponents other than 65537 are refused") {
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA", 2048, 3}).get())), "exponent"));
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA", 2048, 65539}).get())), "exponent"));
}

TEST_CASE("keys of three primes are refused") {
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA", 2048, 65537, 3}).get())), "two primes"));
}

TEST_CASE("keys of the wrong type are refused, RSA-PSS and other curves among them") {
    CHECK(says(refusal(pkcs8_pem(make_rsa({"RSA-PSS"}).get())), "RSA-PSS"));
    const PkeyPtr other_curve(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
    CHECK(says(refusal(pkcs8_pem(other_curve.get())), "curve"));
    CHECK(says(public_refusal(public_pem(other_curve.get())), "curve"));
    const PkeyPtr exchange(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
    CHECK(says(refusal(pkcs8_pem(exchange.get())), "X25519"));
}

TEST_CASE("keys on P-256 and Ed25519 pass the gate, both halves") {
    for (const auto& key : {PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")),
                            PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))}) {
        CHECK(refusal(pkcs8_pem(key.get())).empty());
        CHECK(public_refusal(public_pem(key.get())).empty());
    }
}

TEST_CASE("primes next to each other are refused, in a private and in a public key") {
    const PkeyPtr weak = make_close_primes();
    CHECK(says(refusal(pkcs8_pem(weak.get())), "close together"));
    CHECK(says(public_refusal(public_pem(weak.get())), "close together"));
}

TEST_CASE("a private key whose primes share their upper hundred bits is refused") {
    CHECK(says(refusal(pkcs8_pem(make_close_primes(900).get())), "close together"));
}

TEST_CASE("a modulus that is a square is refused") {
    const BnPtr p = random_odd(1024);
    const BnPtr n(BN_new());
    const BnCtxPtr ctx(BN_CTX_new());
    must(BN_sqr(n.get(), p.get(), ctx.get()) == 1);
    CHECK(says(public_refusal(public_pem(public_rsa_of(n.get()).get())), "close together"));
}

TEST_CASE("primes that share their upper hundred bits count as close, and others do not") {
    const BnPtr p = random_odd(1024);
    const BnPtr q(BN_dup(p.get()));
    const BnPtr distance(BN_new());
    must(BN_one(distance.get()) == 1 && BN_lshift(distance.get(), distance.get(), 923) == 1);
    must(BN_sub(q.get(), q.get(), distance.get()) == 1);
    CHECK(are_close(*p, *q, 2048));
    must(BN_lshift1(distance.get(), distance.get()) == 1);
    must(BN_sub(q.get(), p.get(), distance.get()) == 1);
    CHECK_FALSE(are_close(*p, *q, 2048));
    CHECK_FALSE(are_close(*q, *p, 2048));
}

TEST_CASE("keys with the ROCA fingerprint are refused, and sound ones have it not") {
    const PkeyPtr weak = make_roca();
    CHECK(says(refusal(pkcs8_pem(weak.get())), "CVE-2017-15361"));
    CHECK(says(public_refusal(public_pem(weak.get())), "CVE-2017-15361"));
    for (int i = 0; i < 200; ++i) {
        CHECK_FALSE(has_roca_fingerprint(*random_odd(2048)));
    }
}

TEST_CASE("a private exponent that does not fit is refused") {
    CHECK(says(refusal(pkcs8_pem(make_wrong_exponent().get())), "do not belong together"));
}

TEST_CASE("a factor that is no prime is refused") {
    CHECK(says(refusal(pkcs8_pem(make_composite_factor().get())), "do not belong together"));
}

TEST_CASE("encrypted keys are refused without asking for a passphrase") {
    CHECK(says(refusal(pkcs8_pem(key(0).handle(), "secret")), "is encrypted"));
    CHECK(says(refusal(pkcs1_pem(key(0).handle(), true)), "is encrypted"));
}

TEST_CASE("texts that are no private key are refused with what they are") {
    CHECK(says(refusal(""), "is empty"));
    CHECK(says(refusal("\n \n"), "no PEM"));
    CHECK(says(refusal(private_der(key(0).handle())), "no PEM"));
    CHECK(says(refusal(public_pem(key(0).handle())), "public key only"));
    CHECK(says(refusal(pkcs1_public_pem(key(0).handle())), "public key only"));
    CHECK(says(refusal(good_pem() + *key(1).to_private_pem()), "more than one"));
    CHECK(says(refusal(good_pem() + public_pem(key(0).handle())), "more than one"));
    CHECK(says(public_refusal(good_pem()), "holds a private key"));
    CHECK(says(refusal("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n"
                       "-----END OPENSSH PRIVATE KEY-----\n"),
               "cannot be read"));
    CHECK(says(refusal("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
               "cannot be read"));
}

TEST_CASE("damaged texts are refused wherever they are cut or changed") {
    const std::string pem = good_pem();
    for (const std::size_t size : {30UL, 200UL, pem.size() / 2, pem.size() - 30}) {
        CAPTURE(size);
        CHECK(says(refusal(pem.substr(0, size)), "cannot be read"));
    }
    for (std::size_t place = 100; place < 1500; place += 137) {
        std::string changed = pem;
        changed[place] = changed[place] == 'A' ? 'B' : 'A';
        CAPTURE(place);
        CHECK_FALSE(refusal(changed).empty());
    }
}

TEST_CASE("a text above 16 KiB is refused before it is read") {
    CHECK(says(refusal(std::string(kPemBytesMax, ' ') + good_pem()), "larger than 16384 bytes"));
}

TEST_CASE("no sentence holds a piece of the key") {
    const std::string pem = pkcs8_pem(make_wrong_exponent().get());
    const std::string sentence = refusal(pem);
    for (std::size_t at = 28; at + 8 < pem.size() - 26; at += 8) {
        CHECK_FALSE(says(sentence, std::string_view(pem).substr(at, 8)));
    }
}
