#pragma once

#include <signet/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

inline constexpr std::size_t kKekBytes = 32;
inline constexpr std::size_t kKeksMax = 16;

// Seals secrets under key-encryption keys with AES-256-GCM (NIST SP 800-38D): the first key seals,
// all of them open. A sealed text is v1.<kek id>.<base64url of nonce ‖ ciphertext ‖ tag>, with a
// random nonce of 96 bits and a tag of 128; the kek id is the first 8 bytes of the key's SHA-256 in
// base64url, so that a text says which key it needs. Immutable and thread-safe; the keys are wiped
// at the end.
class Sealer {
public:
    // 1 to kKeksMax keys of kKekBytes each; what is moved in is wiped by the sealer. The error is
    // key_unusable, with a sentence in log_detail.
    static Result<Sealer> make(std::vector<std::string> keys);

    Sealer(Sealer&&) noexcept = default;
    Sealer& operator=(Sealer&&) noexcept = delete;
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    ~Sealer();

    // `aad` is what the text belongs to (kid ‖ 0 ‖ alg): a text that is moved to another row does
    // not open. The kek id is bound as well. Throws std::bad_alloc when OpenSSL cannot encrypt.
    std::string seal(std::string_view plain, std::string_view aad) const;

    // Wipe the result after use. The error is key_unusable; its log_detail says which
    // key-encryption key is missing (its id), or that the text is damaged or was moved.
    Result<std::string> open(std::string_view text, std::string_view aad) const;

    // Whether open() needs no other key than the first.
    bool sealed_by_first(std::string_view text) const;

    // The id of the key that seals.
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

}  // namespace signet::keys
