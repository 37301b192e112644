#include "password/foreign_hash.hpp"

#include "base/base64url.hpp"
#include "base/secret.hpp"

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

namespace signet {
namespace {

constexpr std::uint64_t kBytesPerKib = 1024;
constexpr std::uint32_t kScryptBlockBytes = 128;
constexpr std::size_t kFirebaseAesBytes = 32;
// What OpenSSL takes beside the memory of N × r: the blocks of each lane.
constexpr std::uint64_t kScryptSpareBytes = std::uint64_t{1024} * 1024;

// How much memory libsodium's Argon2id writes in the time of these. They were measured at 4.4 times
// the memory of scrypt and at 410 KiB for 1000 iterations of PBKDF2 with SHA-256, and are rounded
// down so that rather too much work is added than too little.
constexpr std::uint64_t kScryptLikeArgon2 = 3;
constexpr std::uint64_t kThousandIterationsKib = 300;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::span<char> span) {
    return reinterpret_cast<unsigned char*>(span.data());
}

std::optional<std::string> decode(std::string_view base64, std::size_t low, std::size_t high) {
    std::string url(base64.substr(0, base64.find_last_not_of('=') + 1));
    if (base64.size() - url.size() > 2)
        return std::nullopt;
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '.', '-');
    std::ranges::replace(url, '/', '_');
    auto bytes = base64url_decode(url);
    if (!bytes || bytes->size() < low || bytes->size() > high)
        return std::nullopt;
    return bytes;
}

// Reads a decimal number from 1 up, without sign and leading zeros.
std::optional<std::uint32_t> read_number(std::string_view text) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || stop != end || text.front() == '0')
        return std::nullopt;
    return number;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

// Returns the values of `name=value,…` if the names are these, in this order.
template <std::size_t Count>
std::optional<std::array<std::string_view, Count>> read_options(
    std::string_view text, const std::array<std::string_view, Count>& names) {
    const auto parts = split(text, ',');
    std::array<std::string_view, Count> values;
    if (parts.size() != Count)
        return std::nullopt;
    for (std::size_t i = 0; i < Count; ++i) {
        if (!parts[i].starts_with(names[i]) || !parts[i].substr(names[i].size()).starts_with('='))
            return std::nullopt;
        values[i] = parts[i].substr(names[i].size() + 1);
    }
    return values;
}

bool take_scrypt_cost(ForeignHash& hash, std::string_view ln, std::string_view r,
                      std::string_view p) {
    hash.ln = read_number(ln).value_or(0);
    hash.r = read_number(r).value_or(0);
    hash.p = read_number(p).value_or(0);
    // N is below 2^(128 × r / 8) (RFC 7914 section 2).
    return hash.ln >= 1 && hash.ln <= kScryptLnMax && hash.r >= 1 && hash.r <= kScryptBlocksMax &&
           hash.p >= 1 && hash.p <= kScryptLanesMax && hash.ln < 16 * hash.r &&
           hash.memory_kib() * hash.p <= kScryptWorkKibMax;
}

// `parts` are what stands behind the name: the options, the salt and the tag.
std::optional<ForeignHash> read_scrypt(std::span<const std::string_view> parts) {
    ForeignHash hash;
    const auto options = read_options<3>(parts[0], {"ln", "r", "p"});
    auto salt = decode(parts[1], 1, kForeignSaltBytesMax);
    auto tag = decode(parts[2], kForeignTagBytesMin, kForeignTagBytesMax);
    if (!options || !salt || !tag ||
        !take_scrypt_cost(hash, (*options)[0], (*options)[1], (*options)[2]))
        return std::nullopt;
    hash.salt = *std::move(salt);
    hash.tag = *std::move(tag);
    return hash;
}

std::optional<ForeignHash> read_firebase(std::span<const std::string_view> parts) {
    ForeignHash hash{.scheme = ForeignScheme::firebase_scrypt, .salt = {}, .tag = {}};
    const auto options = read_options<4>(parts[0], {"ln", "r", "p", "ss"});
    auto salt = decode(parts[1], 1, kForeignSaltBytesMax);
    auto tag = decode(parts[2], kFirebaseTagBytes, kFirebaseTagBytes);
    if (!options || !salt || !tag ||
        !take_scrypt_cost(hash, (*options)[0], (*options)[1], (*options)[2]))
        return std::nullopt;
    const auto separator = decode((*options)[3], 0, kForeignSaltBytesMax);
    if (!separator)
        return std::nullopt;
    hash.salt = *salt + *separator;
    hash.tag = *std::move(tag);
    return hash;
}

std::size_t digest_bytes(ForeignScheme scheme) {
    return scheme == ForeignScheme::pbkdf2_sha1     ? 20
           : scheme == ForeignScheme::pbkdf2_sha256 ? 32
                                                    : 64;
}

std::uint64_t pbkdf2_rounds(const ForeignHash& hash) {
    const std::size_t block = digest_bytes(hash.scheme);
    return std::uint64_t{hash.iterations} * ((hash.tag.size() + block - 1) / block);
}

std::optional<ForeignHash> read_pbkdf2(ForeignScheme scheme,
                                       std::span<const std::string_view> parts, bool plain_salt) {
    ForeignHash hash{.scheme = scheme, .salt = {}, .tag = {}};
    std::string_view iterations = parts[0];
    std::optional<std::string_view> length;
    if (const auto both = read_options<2>(iterations, {"i", "l"})) {
        iterations = (*both)[0];
        length = (*both)[1];
    } else if (const auto one = read_options<1>(iterations, {"i"})) {
        iterations = (*one)[0];
    }
    hash.iterations = read_number(iterations).value_or(0);
    auto salt = plain_salt ? std::string(parts[1]) : decode(parts[1], 1, kForeignSaltBytesMax);
    auto tag = decode(parts[2], kForeignTagBytesMin, kForeignTagBytesMax);
    if (hash.iterations == 0 || !salt || salt->empty() || salt->size() > kForeignSaltBytesMax ||
        !tag || (length && read_number(*length) != tag->size()))
        return std::nullopt;
    hash.salt = *std::move(salt);
    hash.tag = *std::move(tag);
    return pbkdf2_rounds(hash) <= kPbkdf2RoundsMax ? std::optional(hash) : std::nullopt;
}

bool derive_scrypt(const ForeignHash& hash, std::string_view password, std::span<char> out) {
    return EVP_PBE_scrypt(password.data(), password.size(), bytes_of(std::string_view(hash.salt)),
                          hash.salt.size(), std::uint64_t{1} << hash.ln, hash.r, hash.p,
                          hash.memory_kib() * kBytesPerKib + kScryptSpareBytes, bytes_of(out),
                          out.size()) == 1;
}

// The tag is the signer key, encrypted by AES-256 in counter mode with the first half of what
// scrypt makes (https://github.com/firebase/scrypt).
bool derive_firebase(const ForeignHash& hash, std::string_view password,
                     std::string_view signer_key, std::span<char> tag) {
    std::string key(kFirebaseTagBytes, '\0');
    const WipeOnExit wiped(key);
    if (!derive_scrypt(hash, password, key))
        return false;
    key.resize(kFirebaseAesBytes);
    const std::array<unsigned char, 16> counter{};
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> aes(EVP_CIPHER_CTX_new(),
                                                                              &EVP_CIPHER_CTX_free);
    int written = 0;
    return aes != nullptr &&
           EVP_EncryptInit_ex(aes.get(), EVP_aes_256_ctr(), nullptr,
                              bytes_of(std::string_view(key)), counter.data()) == 1 &&
           EVP_EncryptUpdate(aes.get(), bytes_of(tag), &written, bytes_of(signer_key),
                             static_cast<int>(std::min(signer_key.size(), tag.size()))) == 1;
}

const EVP_MD* digest_of(ForeignScheme scheme) {
    switch (scheme) {
        case ForeignScheme::pbkdf2_sha1:
            return EVP_sha1();
        case ForeignScheme::pbkdf2_sha256:
            return EVP_sha256();
        default:
            return EVP_sha512();
    }
}

}  // namespace

std::uint64_t ForeignHash::memory_kib() const {
    return (std::uint64_t{kScryptBlockBytes} * r << ln) / kBytesPerKib;
}

std::uint64_t ForeignHash::like_argon2_kib() const {
    return iterations == 0 ? memory_kib() * p * kScryptLikeArgon2
                           : pbkdf2_rounds(*this) * kThousandIterationsKib / 1000;
}

std::size_t ForeignHash::tries_max() const {
    const std::uint64_t most =
        iterations == 0 ? 2 * kScryptWorkKibMax / std::max<std::uint64_t>(memory_kib() * p, 1)
                        : 2 * kPbkdf2RoundsMax / pbkdf2_rounds(*this);
    return static_cast<std::size_t>(most);
}

std::optional<ForeignHash> parse_foreign(std::string_view stored) {
    if (stored.size() > kForeignBytesMax)
        return std::nullopt;
    const bool django = !stored.starts_with('$');
    const auto parts = split(django ? stored : stored.substr(1), '$');
    if (parts.size() != 4)
        return std::nullopt;
    const std::string_view name = parts[0];
    const std::span rest = std::span(parts).subspan(1);
    if (!django && name == "scrypt")
        return read_scrypt(rest);
    if (!django && name == "firebase-scrypt")
        return read_firebase(rest);
    constexpr std::array<std::pair<std::string_view, ForeignScheme>, 3> kDigests{{
        {"sha1", ForeignScheme::pbkdf2_sha1},
        {"sha256", ForeignScheme::pbkdf2_sha256},
        {"sha512", ForeignScheme::pbkdf2_sha512},
    }};
    const std::string prefix = django ? "pbkdf2_" : "pbkdf2-";
    for (const auto& [digest, scheme] : kDigests) {
        if (name == prefix + std::string(digest))
            return read_pbkdf2(scheme, rest, django);
    }
    if (!django && name == "pbkdf2")
        return read_pbkdf2(ForeignScheme::pbkdf2_sha1, rest, false);
    return std::nullopt;
}

bool derive_foreign(const ForeignHash& hash, std::string_view password, std::string_view signer_key,
                    std::span<char> tag) {
    if (hash.scheme == ForeignScheme::scrypt)
        return derive_scrypt(hash, password, tag);
    if (hash.scheme == ForeignScheme::firebase_scrypt)
        return derive_firebase(hash, password, signer_key, tag);
    return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                             bytes_of(std::string_view(hash.salt)),
                             static_cast<int>(hash.salt.size()), static_cast<int>(hash.iterations),
                             digest_of(hash.scheme), static_cast<int>(tag.size()),
                             bytes_of(tag)) == 1;
}

}  // namespace signet
