#include "keys/sealing.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "keys/key_directory.hpp"
#include "tokens/openssl_handles.hpp"

#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <variant>

namespace signet::keys {
namespace {

constexpr std::string_view kVersion = "v1";
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kPseudonymBytes = 16;
// A sealed PEM text of an RSA key of 8192 bits has 9 KiB, far below this limit.
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

// Returns what a text is bound to.
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

// `plain` has to have exactly the size of the ciphertext.
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

// Key-encryption keys, which are wiped when nobody uses them any more.
class Sealer::Ring {
public:
    struct Kek {
        std::string id;
        std::string key;
    };
    explicit Ring(std::vector<Kek> keks) : keks_(std::move(keks)) {}
    ~Ring() {
        for (Kek& kek : keks_) {
            wipe(kek.key);
        }
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    const Kek& first() const { return keks_.front(); }
    const Kek* find(std::string_view id) const {
        const auto found = std::ranges::find(keks_, id, &Kek::id);
        return found == keks_.end() ? nullptr : &*found;
    }
    bool has_the_keys_of(const Ring& other) const {
        return std::ranges::equal(keks_, other.keks_, {}, &Kek::id, &Kek::id);
    }

private:
    std::vector<Kek> keks_;
};

struct Sealer::State {
    std::mutex mutex;
    std::shared_ptr<const Ring> ring;
    Source source;
    std::chrono::steady_clock::time_point next_reading;
    std::string fault;  // why the last reading gave no keys
};

Result<std::shared_ptr<const Sealer::Ring>> Sealer::make_ring(std::vector<std::string> keys) {
    if (keys.empty() || keys.size() > kKeksMax) {
        for (std::string& key : keys) {
            wipe(key);
        }
        return refused("between 1 and " + std::to_string(kKeksMax) +
                       " key-encryption keys are expected");
    }
    std::vector<Ring::Kek> keks;
    keks.reserve(keys.size());
    bool sound = true;
    for (std::string& key : keys) {
        sound = sound && key.size() == kKekBytes;
        keks.push_back({base64url_encode(sha256(key).substr(0, kIdBytes)), std::string(key)});
        wipe(key);
    }
    auto ring = std::make_shared<const Ring>(std::move(keks));
    if (!sound) {
        return refused("a key-encryption key has to have exactly 32 bytes");
    }
    return ring;
}

Result<Sealer> Sealer::make(std::vector<std::string> keys, Source source) {
    auto ring = make_ring(std::move(keys));
    if (!ring) {
        return ring.error();
    }
    auto state = std::make_unique<State>();
    state->ring = std::move(*ring);
    state->source = std::move(source);
    return Sealer(std::move(state));
}

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Sealer::Sealer(Sealer&& other) noexcept = default;

Sealer::~Sealer() = default;

std::shared_ptr<const Sealer::Ring> Sealer::ring() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ring;
}

std::shared_ptr<const Sealer::Ring> Sealer::read_again(std::string& fault) const {
    const std::lock_guard lock(state_->mutex);
    const auto now = std::chrono::steady_clock::now();
    if (!state_->source || now < state_->next_reading) {
        fault = state_->fault;
        return nullptr;
    }
    state_->next_reading = now + kKeksRereadPause;
    auto keys = state_->source();
    auto ring =
        keys ? make_ring(std::move(*keys)) : Result<std::shared_ptr<const Ring>>(keys.error());
    state_->fault = ring ? std::string() : ring.error().log_detail;
    fault = state_->fault;
    if (!ring || (*ring)->has_the_keys_of(*state_->ring)) {
        return nullptr;
    }
    state_->ring = std::move(*ring);
    return state_->ring;
}

std::string Sealer::pseudonym(std::string_view text) const {
    // A key of its own, because the other one is for AES.
    std::string key = hmac_sha256(ring()->first().key, "pseudonym");
    const WipeOnExit wiped(key);
    return base64url_encode(std::string_view(hmac_sha256(key, text)).substr(0, kPseudonymBytes));
}

std::string Sealer::first_id() const {
    return ring()->first().id;
}

std::string Sealer::seal(std::string_view plain, std::string_view aad) const {
    const tokens::ErrorQueueGuard guard;
    const auto keys = ring();
    const Ring::Kek& kek = keys->first();
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
    auto keys = ring();
    const Ring::Kek* kek = keys->find(parts->kek_id);
    std::string fault;
    if (kek == nullptr) {
        if (auto other = read_again(fault)) {
            keys = std::move(other);
        } else {
            keys = ring();  // another thread may have read them meanwhile
        }
        kek = keys->find(parts->kek_id);
    }
    if (kek == nullptr) {
        return refused("needs the key-encryption key " + std::string(parts->kek_id.substr(0, 16)) +
                       ", which is not among those that are configured" +
                       (fault.empty() ? fault : " (" + fault + ')'));
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

std::string_view kek_id_of(std::string_view sealed) {
    const auto parts = split(sealed);
    return parts ? parts->kek_id : std::string_view();
}

namespace {

// Returns what a sealed key belongs to. No signing key has a kid of this form and an empty alg.
std::string address(const SessionId& id) {
    return "session " + id.str() + '\0';
}

std::string address_of_message(const Uuid& id) {
    return "message " + id.str() + '\0';
}

}  // namespace

Result<Text> SealedSessionKeys::seal(std::string_view key, const SessionId& id) const {
    return Text::from(sealer_.seal(key, address(id))).value();
}

Result<std::string> SealedSessionKeys::open(std::string_view sealed, const SessionId& id) const {
    auto key = sealer_.open(sealed, address(id));
    if (!key) {
        return Error{Errc::session_key_unavailable,
                     "the key of session " + id.str() + ' ' + key.error().log_detail};
    }
    if (key->size() != kSessionKeyBytes) {
        wipe(*key);
        return Error{Errc::session_key_unavailable,
                     "the key of session " + id.str() + " has another length"};
    }
    return key;
}

bool SealedSessionKeys::current(std::string_view sealed) const {
    return sealer_.sealed_by_first(sealed);
}

Result<Text> SealedSessionKeys::seal_message(const MessageValues& values, const Uuid& id) const {
    JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : values) {
        json.member(name, value);
    }
    std::string text = json.end_object().take();
    const WipeOnExit wiped(text);
    return Text::from(sealer_.seal(text, address_of_message(id))).value();
}

Result<MessageValues> SealedSessionKeys::open_message(std::string_view sealed,
                                                      const Uuid& id) const {
    auto text = sealer_.open(sealed, address_of_message(id));
    if (!text) {
        return Error{Errc::session_key_unavailable,
                     "the message " + id.str() + ' ' + text.error().log_detail};
    }
    const WipeOnExit wiped(*text);
    const auto read = read_json(*text, {.depth_max = 1, .members_max = kMessageValuesMax});
    const auto* json = std::get_if<boost::json::value>(&read);
    if (json == nullptr || !json->is_object()) {
        return Error{Errc::session_key_unavailable, "the message " + id.str() + " is no object"};
    }
    MessageValues values;
    for (const auto& member : json->get_object()) {
        if (const auto* value = member.value().if_string()) {
            values.emplace(member.key(), *value);
        }
    }
    return values;
}

std::string SealedSessionKeys::pseudonym(std::string_view text) const {
    return sealer_.pseudonym(text);
}

namespace {

constexpr std::size_t kFileBytesMax = 128;

Result<std::optional<std::string>> read_key(const KeyDirectory& directory) {
    auto file = directory.read(kSessionKeyFile, kFileBytesMax);
    if (!file) {
        return file.error();
    }
    if (!*file) {
        return std::optional<std::string>();
    }
    std::string& text = (*file)->text;
    const WipeOnExit wiped(text);
    const std::size_t end = text.find_last_not_of(" \r\n=") + 1;
    std::ranges::replace(text, '+', '-');  // one that an operator made may be in plain base64
    std::ranges::replace(text, '/', '_');
    auto key = base64url_decode(std::string_view(text).substr(0, end));
    if (!key || key->size() != kKekBytes) {
        return Error{Errc::key_unusable, directory.path_of(kSessionKeyFile) +
                                             ": has to hold 32 bytes in base64url; without it "
                                             "nobody can refresh, so look for a copy"};
    }
    return Result<std::optional<std::string>>(std::move(key));
}

Result<std::string> make_key(const KeyDirectory& directory, Random& random) {
    std::string key(kKekBytes, '\0');
    random.fill(std::as_writable_bytes(std::span(key)));
    std::string text = base64url_encode(key) + '\n';
    const WipeOnExit wiped(text);
    if (auto written = directory.write(kSessionKeyFile, text); !written) {
        wipe(key);
        return written.error();
    }
    return key;
}

}  // namespace

Result<std::string> load_session_key(const std::string& path, Random& random) {
    const auto directory = KeyDirectory::open(path);
    if (!directory) {
        return directory.error();
    }
    // The first try takes no lock, because a directory that has all its files may be read-only.
    auto found = read_key(*directory);
    if (!found) {
        return found.error();
    }
    if (*found) {
        return std::move(**found);
    }
    const auto lock = directory->lock();
    if (!lock) {
        return lock.error();
    }
    found = read_key(*directory);
    if (!found) {
        return found.error();
    }
    return *found ? Result<std::string>(std::move(**found)) : make_key(*directory, random);
}

Result<std::optional<std::string>> peek_session_key(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
        return std::optional<std::string>();
    }
    const auto directory = KeyDirectory::open(path);
    if (!directory) {
        return directory.error();
    }
    return read_key(*directory);
}

}  // namespace signet::keys
