#include "keys/sealing.hpp"

#include "base/base64url.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "tokens/openssl_handles.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <utility>

namespace signet::keys {
namespace {

constexpr std::string_view kVersion = "v1";
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kIdBytes = 8;
// A sealed PEM text of 8192 bits has 9 KiB; nothing near this is ever written.
constexpr std::size_t kSealedBytesMax = std::size_t{64} * 1024;

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Error refused(std::string reason) {
    return {Errc::key_unusable, std::move(reason)};
}

// What a text is bound to besides its own key.
std::string bound(std::string_view aad, std::string_view kek_id) {
    std::string out(aad);
    out += '\0';
    out += kek_id;
    return out;
}

struct SealedText {
    std::string_view kek_id;
    std::string_view body;  // base64url
};

std::optional<SealedText> split(std::string_view text) {
    const std::size_t first = text.find('.');
    const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos || text.substr(0, first) != kVersion ||
        text.size() > kSealedBytesMax) {
        return std::nullopt;
    }
    return SealedText{text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

bool feed(EVP_CIPHER_CTX* context, std::string_view aad) {
    int size = 0;
    return EVP_CipherUpdate(context, nullptr, &size, bytes_of(aad), static_cast<int>(aad.size())) ==
           1;
}

tokens::CipherCtxPtr make_context(std::string_view key, std::string_view nonce, bool encrypt) {
    tokens::CipherCtxPtr context(EVP_CIPHER_CTX_new());
    if (!context || EVP_CipherInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key),
                                       bytes_of(nonce), encrypt ? 1 : 0, nullptr) != 1) {
        return nullptr;
    }
    return context;
}

// `plain` has room for exactly the ciphertext's bytes.
bool decrypt(std::string_view key, std::string_view sealed, std::string_view aad,
             std::string& plain) {
    const std::string_view nonce = sealed.substr(0, kNonceBytes);
    const std::string_view text = sealed.substr(kNonceBytes, plain.size());
    std::string tag(sealed.substr(kNonceBytes + plain.size()));
    const tokens::CipherCtxPtr context = make_context(key, nonce, false);
    int size = 0;
    std::array<unsigned char, kTagBytes> rest{};
    return context && tag.size() == kTagBytes && feed(context.get(), aad) &&
           EVP_CipherUpdate(context.get(), bytes_of(plain), &size, bytes_of(text),
                            static_cast<int>(text.size())) == 1 &&
           EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagBytes),
                               tag.data()) == 1 &&
           EVP_CipherFinal_ex(context.get(), rest.data(), &size) == 1;
}

}  // namespace

Result<Sealer> Sealer::make(std::vector<std::string> keys) {
    if (keys.empty() || keys.size() > kKeksMax) {
        for (std::string& key : keys) {
            wipe(key);
        }
        return refused("between 1 and " + std::to_string(kKeksMax) +
                       " key-encryption keys are expected");
    }
    std::vector<Kek> keks;
    keks.reserve(keys.size());
    bool sound = true;
    for (std::string& key : keys) {
        sound = sound && key.size() == kKekBytes;
        keks.push_back({base64url_encode(sha256(key).substr(0, kIdBytes)), std::string(key)});
        wipe(key);
    }
    Sealer sealer(std::move(keks));
    if (!sound) {
        return refused("a key-encryption key has to have exactly 32 bytes");
    }
    return sealer;
}

Sealer::~Sealer() {
    for (Kek& kek : keks_) {
        wipe(kek.key);
    }
}

const Sealer::Kek* Sealer::find(std::string_view id) const {
    const auto found = std::ranges::find(keks_, id, &Kek::id);
    return found == keks_.end() ? nullptr : &*found;
}

const std::string& Sealer::first_id() const {
    return keks_.front().id;
}

std::string Sealer::seal(std::string_view plain, std::string_view aad) const {
    const tokens::ErrorQueueGuard guard;
    const Kek& kek = keks_.front();
    std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
    unsigned char* at = bytes_of(sealed);
    if (RAND_bytes(at, static_cast<int>(kNonceBytes)) != 1) {
        throw std::bad_alloc();
    }
    const tokens::CipherCtxPtr context = make_context(kek.key, sealed, true);
    int size = 0;
    std::array<unsigned char, kTagBytes> rest{};
    if (!context || !feed(context.get(), bound(aad, kek.id)) ||
        EVP_CipherUpdate(context.get(), at + kNonceBytes, &size, bytes_of(plain),
                         static_cast<int>(plain.size())) != 1 ||
        EVP_CipherFinal_ex(context.get(), rest.data(), &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagBytes),
                            at + kNonceBytes + plain.size()) != 1) {
        throw std::bad_alloc();
    }
    return std::string(kVersion) + '.' + kek.id + '.' + base64url_encode(sealed);
}

Result<std::string> Sealer::open(std::string_view text, std::string_view aad) const {
    const auto parts = split(text);
    if (!parts) {
        return refused("is not in the form of a sealed text");
    }
    const Kek* kek = find(parts->kek_id);
    if (kek == nullptr) {
        return refused("needs the key-encryption key " + std::string(parts->kek_id.substr(0, 16)) +
                       ", which is not among those that are configured");
    }
    const auto sealed = base64url_decode(parts->body);
    if (!sealed || sealed->size() < kNonceBytes + kTagBytes) {
        return refused("is cut off or damaged");
    }
    const tokens::ErrorQueueGuard guard;
    std::string plain(sealed->size() - kNonceBytes - kTagBytes, '\0');
    if (!decrypt(kek->key, *sealed, bound(aad, kek->id), plain)) {
        wipe(plain);
        return refused("is damaged, or was moved here from another key (key-encryption key " +
                       kek->id + ")");
    }
    return plain;
}

bool Sealer::sealed_by_first(std::string_view text) const {
    const auto parts = split(text);
    return parts && parts->kek_id == first_id();
}

}  // namespace signet::keys
