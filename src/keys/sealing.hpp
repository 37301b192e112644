#pragma once

#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::keys {

inline constexpr std::size_t kKekBytes = 32;
inline constexpr std::size_t kKeksMax = 16;

// Seals secrets under key-encryption keys with AES-256-GCM (NIST SP 800-38D): the first key seals,
// all of them open. A sealed text is v1.<kek id>.<base64url of nonce ‖ ciphertext ‖ tag>, with a
// random nonce of 96 bits and a tag of 128; the kek id is the first 8 bytes of the key's SHA-256 in
// base64url, so that a text says which key it needs. Immutable and thread-safe. The destructor
// wipes the keys.
class Sealer {
public:
    // Takes 1 to kKeksMax keys of kKekBytes each, and wipes its copies before it returns. The error
    // is key_unusable, with a sentence in log_detail.
    static Result<Sealer> make(std::vector<std::string> keys);

    Sealer(Sealer&&) noexcept = default;
    Sealer& operator=(Sealer&&) noexcept = delete;
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    ~Sealer();

    // Seals a text under the first key. `aad` says what it belongs to (kid ‖ 0 ‖ alg), so that a
    // text that is moved to another row does not open; the kek id is bound as well. Throws
    // std::bad_alloc when OpenSSL cannot encrypt.
    std::string seal(std::string_view plain, std::string_view aad) const;

    // Opens a sealed text, which the caller wipes after use. The error is key_unusable; its
    // log_detail says which key-encryption key is missing (its id), or that the text is damaged or
    // was moved.
    Result<std::string> open(std::string_view text, std::string_view aad) const;

    // Returns whether the text was sealed under the first key.
    bool sealed_by_first(std::string_view text) const;

    // Returns the id of the key that seals.
    const std::string& first_id() const;

private:
    struct Kek {
        std::string id;
        std::string key;
    };
    explicit Sealer(std::vector<Kek> keks) : keks_(std::move(keks)) {}
    const Kek* find(std::string_view id) const;

    std::vector<Kek> keks_;
};

// Seals the keys of sessions, and binds each to its session.
class SealedSessionKeys final : public SessionSealer {
public:
    explicit SealedSessionKeys(Sealer sealer) : sealer_(std::move(sealer)) {}

    Text seal(std::string_view key, const SessionId& id) const override;
    Result<std::string> open(std::string_view sealed, const SessionId& id) const override;
    bool current(std::string_view sealed) const override;

private:
    Sealer sealer_;
};

// The name of the key-encryption key of sessions in a directory of keys: 32 bytes in base64url, on
// a line of its own.
inline constexpr const char* kSessionKeyFile = "session.key";

// Returns the key-encryption key of this directory, which the caller wipes. The key is made at
// first use, and the directory too; if several processes start at once, one makes it. The file is
// under the rules of KeyDirectory. The error is key_unusable, with a sentence that names the file.
Result<std::string> load_session_key(const std::string& path, Random& random);

// Returns the same key but makes none, and returns nothing if there is no directory or no file.
Result<std::optional<std::string>> peek_session_key(const std::string& path);

}  // namespace signet::keys
