#pragma once

#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::keys {

inline constexpr std::size_t kKekBytes = 32;
inline constexpr std::size_t kKeksMax = 16;
// How often the place where key-encryption keys stand is read again at most.
inline constexpr std::chrono::milliseconds kKeksRereadPause{1000};

// Seals secrets under key-encryption keys with AES-256-GCM (NIST SP 800-38D): the first key seals,
// all of them open. A sealed text is v1.<kek id>.<base64url of nonce ‖ ciphertext ‖ tag>, with a
// random nonce of 96 bits and a tag of 128; the kek id is the first 8 bytes of the key's SHA-256 in
// base64url, so that a text says which key it needs. Thread-safe. The destructor wipes the keys.
class Sealer {
public:
    // Reads the keys anew from where they stand. The error says in log_detail why it cannot.
    using Source = std::function<Result<std::vector<std::string>>()>;

    // Takes 1 to kKeksMax keys of kKekBytes each, and wipes its copies before it returns. `source`
    // is asked, once in kKeksRereadPause at most, when a text needs a key that is not among them;
    // the keys that it returns then take the place of those before. Without it the keys stay. The
    // error is key_unusable, with a sentence in log_detail.
    static Result<Sealer> make(std::vector<std::string> keys, Source source = nullptr);

    Sealer(Sealer&& other) noexcept;
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

    // Returns 16 bytes in base64url that stand for `text` under the first key, always the same.
    std::string pseudonym(std::string_view text) const;

    // Returns the id of the key that seals.
    std::string first_id() const;

private:
    class Ring;
    struct State;
    static Result<std::shared_ptr<const Ring>> make_ring(std::vector<std::string> keys);
    explicit Sealer(std::unique_ptr<State> state);
    std::shared_ptr<const Ring> ring() const;
    // Returns other keys than those of ring(), or null with the reason, if there is one, in
    // `fault`.
    std::shared_ptr<const Ring> read_again(std::string& fault) const;

    std::unique_ptr<State> state_;
};

// Returns the id of the key-encryption key that a sealed text needs, or an empty text if it is
// none.
std::string_view kek_id_of(std::string_view sealed);

// Seals the keys of sessions, and binds each to its session.
class SealedSessionKeys final : public SessionSealer {
public:
    explicit SealedSessionKeys(Sealer sealer) : sealer_(std::move(sealer)) {}

    Result<Text> seal(std::string_view key, const SessionId& id) const override;
    Result<std::string> open(std::string_view sealed, const SessionId& id) const override;
    bool current(std::string_view sealed) const override;
    Result<Text> seal_message(const MessageValues& values, const Uuid& id) const override;
    Result<MessageValues> open_message(std::string_view sealed, const Uuid& id) const override;
    std::string pseudonym(std::string_view text) const override;

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
