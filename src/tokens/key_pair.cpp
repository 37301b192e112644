#include "tokens/key_pair.hpp"

#include "base/base64url.hpp"
#include "base/sha256.hpp"
#include "tokens/jwk.hpp"
#include "tokens/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>

namespace signet::tokens {
namespace {

constexpr std::string_view kCurveP256 = "P-256";
constexpr std::string_view kCurveEd25519 = "Ed25519";
constexpr std::size_t kP256Bytes = 32;
constexpr int kHalf = static_cast<int>(kP256Bytes);
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

using SignaturePtr = std::unique_ptr<ECDSA_SIG, FreeWith<&ECDSA_SIG_free>>;

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string encoded_number(EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
        return {};
    }
    const BnPtr number(raw);
    std::string out(static_cast<std::size_t>(BN_num_bytes(raw)), '\0');
    BN_bn2bin(raw, bytes_of(out));
    return encode_number(out);
}

// The coordinate has exactly the length of the field (RFC 7518 section 6.2.1.2).
std::string encoded_coordinate(EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
        return {};
    }
    const BnPtr number(raw);
    std::string out(kP256Bytes, '\0');
    return BN_bn2binpad(raw, bytes_of(out), static_cast<int>(out.size())) < 0
               ? std::string{}
               : base64url_encode(out);
}

std::string encoded_ed25519(EVP_PKEY* key) {
    std::string out(kEd25519Bytes, '\0');
    std::size_t size = out.size();
    const bool read = EVP_PKEY_get_raw_public_key(key, bytes_of(out), &size) == 1;
    return read && size == out.size() ? base64url_encode(out) : std::string{};
}

// Accepts P-256 only by its name, because a curve that is given by its parameters may be another.
bool is_p256(EVP_PKEY* key) {
    std::array<char, 64> name{};
    int is_explicit = 1;
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) == 1 &&
           std::string_view(name.data()) == SN_X9_62_prime256v1 &&
           EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &is_explicit) == 1 &&
           is_explicit == 0;
}

// The two forms of an ECDSA signature on P-256 are the DER sequence that OpenSSL works with, and
// the 64 bytes r ‖ s of a JWS (RFC 7518 section 3.4). Both functions return nothing when the text
// is not of the first form, or not of the length of the second. They do not judge r and s:
// verification does that.
std::optional<std::string> raw_from_der(std::string_view der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const auto* end = at + der.size();
    const SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!signature || at != end) {
        return std::nullopt;
    }
    std::string raw(2 * kP256Bytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kHalf) != kHalf ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kP256Bytes, kHalf) != kHalf) {
        return std::nullopt;
    }
    return raw;
}

std::optional<std::string> der_from_raw(std::string_view raw) {
    if (raw.size() != 2 * kP256Bytes) {
        return std::nullopt;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
    const SignaturePtr signature(ECDSA_SIG_new());
    BnPtr r(BN_bin2bn(bytes, kHalf, nullptr));
    BnPtr s(BN_bin2bn(bytes + kP256Bytes, kHalf, nullptr));
    if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
        return std::nullopt;
    }
    // The signature owns them now.
    static_cast<void>(r.release());  // NOLINT(bugprone-unused-return-value)
    static_cast<void>(s.release());  // NOLINT(bugprone-unused-return-value)
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    if (size <= 0) {
        return std::nullopt;
    }
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

Error of_unknown_type(EVP_PKEY* key) {
    const char* type = EVP_PKEY_get0_type_name(key);
    const std::string name(type == nullptr ? "?" : type);
    return {Errc::key_unusable,
            name == "EC" ? "is on a curve other than P-256 (prime256v1, by name)"
                         : "is of type " + name + "; RSA, EC on P-256 and Ed25519 keys are taken"};
}

}  // namespace

// Fetching an algorithm and setting up a context costs as much as a quarter of a verification, so
// it is done once for each key. A context can serve one call only, so each call works on a copy.
struct KeyPair::Handles {
    PkeyPtr key;
    PkeyCtxPtr signing;    // empty without a private half, and for Ed25519
    PkeyCtxPtr verifying;  // empty for Ed25519

    bool prepare(bool has_private);

    // Signs a digest. The result is a signature by PKCS#1 v1.5, or a DER sequence.
    Result<std::string> sign_digest(std::string_view message) const;
    bool verify_digest(std::string_view message, std::string_view signature) const;
    // Signs the message itself, which has to be given as a whole (RFC 8032).
    Result<std::string> sign_whole(std::string_view message) const;
    bool verify_whole(std::string_view message, std::string_view signature) const;
};

bool is_known_alg(std::string_view alg) {
    return alg == kRs256 || alg == kEs256 || alg == kEdDsa;
}

bool KeyPair::read_public_members() {
    EVP_PKEY* raw = handle();
    switch (type_) {
        case Type::rsa:
            n_ = encoded_number(raw, OSSL_PKEY_PARAM_RSA_N);
            e_ = encoded_number(raw, OSSL_PKEY_PARAM_RSA_E);
            thumbprint_ = rsa_thumbprint(n_, e_);
            return !n_.empty() && !e_.empty();
        case Type::p256:
            x_ = encoded_coordinate(raw, OSSL_PKEY_PARAM_EC_PUB_X);
            y_ = encoded_coordinate(raw, OSSL_PKEY_PARAM_EC_PUB_Y);
            thumbprint_ = ec_thumbprint(kCurveP256, x_, y_);
            return !x_.empty() && !y_.empty();
        case Type::ed25519:
            x_ = encoded_ed25519(raw);
            thumbprint_ = okp_thumbprint(kCurveEd25519, x_);
            return !x_.empty();
    }
    return false;
}

Result<KeyPair> KeyPair::adopt(EVP_PKEY* raw, bool has_private) {
    auto handles = std::make_shared<Handles>();
    handles->key.reset(raw);
    const ErrorQueueGuard guard;
    KeyPair key;
    // An RSA-PSS key must not sign by PKCS#1 v1.5, so only plain RSA keys are accepted.
    if (EVP_PKEY_is_a(raw, "RSA") == 1) {
        key.type_ = Type::rsa;
    } else if (is_p256(raw)) {
        key.type_ = Type::p256;
    } else if (EVP_PKEY_is_a(raw, "ED25519") == 1) {
        key.type_ = Type::ed25519;
    } else {
        return of_unknown_type(raw);
    }
    if (key.type_ != Type::ed25519 && !handles->prepare(has_private)) {
        return Error(Errc::key_unusable, "cannot be used for " + std::string(key.alg()));
    }
    key.handles_ = std::move(handles);
    key.has_private_ = has_private;
    if (!key.read_public_members()) {
        return Error(Errc::key_unusable, "lacks its public half");
    }
    return key;
}

Result<KeyPair> KeyPair::generate(std::string_view alg, unsigned rsa_bits) {
    if (!is_known_alg(alg)) {
        return Error(Errc::key_unusable, "a key for this algorithm is not made");
    }
    if (alg == kRs256 && (rsa_bits < kRsaBitsMin || rsa_bits > kRsaBitsMax)) {
        return Error(Errc::key_unusable, "an RSA key of this size is not made");
    }
    const ErrorQueueGuard guard;
    EVP_PKEY* key = nullptr;
    if (alg == kRs256) {
        key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits));
    } else if (alg == kEs256) {
        key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    } else {
        key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    if (key == nullptr) {
        return Error(Errc::key_unusable, "OpenSSL could not generate a key");
    }
    return adopt(key, true);
}

std::string_view KeyPair::alg() const {
    switch (type_) {
        case Type::rsa:
            return kRs256;
        case Type::p256:
            return kEs256;
        case Type::ed25519:
            break;
    }
    return kEdDsa;
}

std::size_t KeyPair::bits() const {
    // OpenSSL counts the 253 bits of the subgroup's order, but people name the size of the field.
    return type_ == Type::ed25519 ? kEd25519Bytes * 8
                                  : static_cast<std::size_t>(EVP_PKEY_get_bits(handle()));
}

EVP_PKEY* KeyPair::handle() const {
    return handles_->key.get();
}

std::string KeyPair::jwk(std::string_view kid) const {
    const std::string id(kid);
    const std::string name(alg());
    switch (type_) {
        case Type::rsa:
            return write_jwk(RsaJwk{id, name, n_, e_});
        case Type::p256:
            return write_jwk(EcJwk{id, name, std::string(kCurveP256), x_, y_});
        case Type::ed25519:
            break;
    }
    return write_jwk(OkpJwk{id, name, std::string(kCurveEd25519), x_});
}

Result<std::string> KeyPair::sign(std::string_view message) const {
    if (!has_private_) {
        return Error(Errc::no_signing_key, "the key has no private half");
    }
    const ErrorQueueGuard guard;
    if (type_ == Type::ed25519) {
        return handles_->sign_whole(message);
    }
    auto signature = handles_->sign_digest(message);
    if (!signature || type_ == Type::rsa) {
        return signature;
    }
    auto raw = raw_from_der(*signature);
    if (!raw) {
        return Error(Errc::internal, "OpenSSL made a signature that cannot be read");
    }
    return std::move(*raw);
}

bool KeyPair::verify(std::string_view message, std::string_view signature) const {
    const ErrorQueueGuard guard;
    switch (type_) {
        case Type::rsa:
            return signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(handle())) &&
                   handles_->verify_digest(message, signature);
        case Type::p256: {
            const auto der = der_from_raw(signature);
            return der && handles_->verify_digest(message, *der);
        }
        case Type::ed25519:
            return signature.size() == kEd25519SignatureBytes &&
                   handles_->verify_whole(message, signature);
    }
    return false;
}

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

Error refused(std::string reason) {
    return {Errc::key_unusable, std::move(reason)};
}

// Returns why `pem` cannot be one PEM block, in words that help more than OpenSSL's, or nothing.
std::optional<std::string> find_fault(std::string_view pem) {
    if (pem.empty()) {
        return "is empty";
    }
    const std::size_t first = pem.find(kBegin);
    if (first == std::string_view::npos) {
        return "is no PEM text (DER is not taken)";
    }
    if (has(pem.substr(first + 1), kBegin)) {
        return "holds more than one PEM block, where exactly one key is expected";
    }
    return std::nullopt;
}

// OpenSSL calls this for a passphrase. Without it OpenSSL would ask on the terminal.
int refuse_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace

Result<KeyPair> KeyPair::from_private_pem(std::string_view pem) {
    if (auto fault = find_fault(pem)) {
        return refused(std::move(*fault));
    }
    if (has(pem, "ENCRYPTED")) {
        return refused("is encrypted; decrypt it first (openssl pkey -in FILE -out FILE)");
    }
    if (has(pem, "PUBLIC KEY-----")) {
        return refused("holds a public key only, where a private one is expected");
    }
    const ErrorQueueGuard guard;
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key =
        bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_passphrase, nullptr) : nullptr;
    if (key == nullptr) {
        return refused(
            "cannot be read as a private key: it is damaged, cut off or of another kind");
    }
    return adopt(key, true);
}

Result<KeyPair> KeyPair::from_public_pem(std::string_view pem) {
    if (auto fault = find_fault(pem)) {
        return refused(std::move(*fault));
    }
    if (has(pem, "PRIVATE KEY-----")) {
        return refused("holds a private key, where a public one is expected");
    }
    const ErrorQueueGuard guard;
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key = nullptr;
    OSSL_DECODER_CTX* decoder = OSSL_DECODER_CTX_new_for_pkey(
        &key, "PEM", nullptr, nullptr, EVP_PKEY_PUBLIC_KEY, nullptr, nullptr);
    const bool read = bio && decoder != nullptr && OSSL_DECODER_from_bio(decoder, bio.get()) == 1;
    OSSL_DECODER_CTX_free(decoder);
    if (!read || key == nullptr) {
        EVP_PKEY_free(key);
        return refused("cannot be read as a public key: it is damaged, cut off or of another kind");
    }
    return adopt(key, false);
}

Result<std::string> KeyPair::to_private_pem() const {
    if (!has_private()) {
        return refused("has no private half");
    }
    const ErrorQueueGuard guard;
    // A memory BIO wipes its buffer when it grows and when it is freed.
    const BioPtr bio(BIO_new(BIO_s_mem()));
    char* text = nullptr;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), handle(), nullptr, nullptr, 0, nullptr,
                                              nullptr) != 1) {
        return Error(Errc::internal, "OpenSSL could not write a key");
    }
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

Result<std::string> KeyPair::to_public_pem() const {
    const ErrorQueueGuard guard;
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), handle()) != 1) {
        return Error(Errc::internal, "OpenSSL could not write a key");
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Makes a context that signs or verifies a SHA-256 digest, or null if OpenSSL refuses the key.
PkeyCtxPtr make_context(EVP_PKEY* key, const EVP_MD* sha256, int (*init)(EVP_PKEY_CTX*)) {
    PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!context || init(context.get()) != 1) {
        return nullptr;
    }
    if (EVP_PKEY_is_a(key, "RSA") == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1) {
        return nullptr;
    }
    return EVP_PKEY_CTX_set_signature_md(context.get(), sha256) == 1 ? std::move(context) : nullptr;
}

}  // namespace

bool KeyPair::Handles::prepare(bool has_private) {
    const MdPtr sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    if (!sha256) {
        return false;
    }
    verifying = make_context(key.get(), sha256.get(), &EVP_PKEY_verify_init);
    if (has_private) {
        signing = make_context(key.get(), sha256.get(), &EVP_PKEY_sign_init);
    }
    return verifying && (!has_private || signing);
}

Result<std::string> KeyPair::Handles::sign_digest(std::string_view message) const {
    const Sha256Digest hash = sha256_digest(message);
    const PkeyCtxPtr context(EVP_PKEY_CTX_dup(signing.get()));
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t size = signature.size();
    if (!context ||
        EVP_PKEY_sign(context.get(), bytes_of(signature), &size, hash.data(), hash.size()) != 1) {
        return Error(Errc::internal, "OpenSSL could not sign");
    }
    signature.resize(size);
    return signature;
}

bool KeyPair::Handles::verify_digest(std::string_view message, std::string_view signature) const {
    const Sha256Digest hash = sha256_digest(message);
    const PkeyCtxPtr context(EVP_PKEY_CTX_dup(verifying.get()));
    // Only 1 means that the signature is good; a negative value is a failure too.
    return context && EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(),
                                      hash.data(), hash.size()) == 1;
}

Result<std::string> KeyPair::Handles::sign_whole(std::string_view message) const {
    const MdCtxPtr context(EVP_MD_CTX_new());
    std::string signature(kEd25519SignatureBytes, '\0');
    std::size_t size = signature.size();
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                              nullptr) != 1 ||
        EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                       message.size()) != 1 ||
        size != signature.size()) {
        return Error(Errc::internal, "OpenSSL could not sign");
    }
    return signature;
}

bool KeyPair::Handles::verify_whole(std::string_view message, std::string_view signature) const {
    const MdCtxPtr context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                   nullptr) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

}  // namespace signet::tokens
