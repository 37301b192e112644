#include "tokens/ecdsa_form.hpp"

#include "tokens/openssl_handles.hpp"

#include <openssl/ecdsa.h>

#include <memory>

namespace signet::tokens {
namespace {

using SignaturePtr = std::unique_ptr<ECDSA_SIG, FreeWith<&ECDSA_SIG_free>>;

constexpr int kHalf = static_cast<int>(kP256Bytes);

}  // namespace

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

}  // namespace signet::tokens
