#pragma once

#include "keys/rotation.hpp"
#include "keys/stored_keys.hpp"

#include <signet/ports/key_home.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

// Whether an operation is only planned or also carried out.
enum class Run : std::uint8_t { preview, execute };

// What an operation does, or would do.
struct KeyPlan {
    std::vector<std::string> lines;  // whole sentences, in the order in which things happen
    std::vector<std::string> left;   // what could not be done, if the operation failed in part
    bool changes = true;             // if false, there is nothing to do, and `lines` says why
    std::string kid;                 // of the key that it is about; empty until it is made
    // For how many seconds consumers with a copy of the JWKS may refuse new tokens.
    std::int64_t refused_s = 0;
    // Whether consumers have to forget a key at once, for which an operator restarts Hasura.
    bool restart_consumers = false;
};

// One row of a list of keys.
struct KeyRow {
    KeyLife life;
    std::size_t bits = 0;      // 0 if the public part cannot be read
    bool has_private = false;  // whether the home holds a private part, opened or not
};

// Who changes the keys, and how long consumers keep their copy of them.
struct KeyOperator {
    std::string actor = "signet keys";  // whom the audit names
    // How long a Hasura may keep its copy of the JWKS: AUTH_JWKS_MAX_AGE +
    // AUTH_JWKS_CONSUMER_TICK.
    std::int64_t consumers_s = 360;
};

// The operations on keys that operators may ask for. An operation is planned on the keys as they
// are; with Run::execute it is planned again and carried out under the lock of the home, and
// recorded in the audit. Belongs to one thread. Errors are those of the home; invalid_input, with a
// sentence in log_detail, if the states of the keys do not allow the operation; and key_unusable.
class KeyAdmin {
public:
    // All references have to outlive it.
    KeyAdmin(KeyHome& home, const KeyCodec& codec, RotationPolicy policy, KeyMaking making,
             KeyOperator who = {})
        : home_(home),
          codec_(codec),
          policy_(policy),
          making_(std::move(making)),
          who_(std::move(who)) {}

    // Returns the rows that successful changes added to the audit of the home.
    const std::vector<KeyAudit>& noted() const { return noted_; }

    // Returns the active key, the next one, the retired and the revoked ones, each oldest first.
    // Opens no private part.
    Result<std::vector<KeyRow>> list();

    // Makes the next key, of `alg` or, without it, as KeyMaking says. If there is a next key
    // already, there is nothing to do, unless it is of another algorithm than `alg`; then it is
    // taken back in the same change.
    Result<KeyPlan> stage(std::optional<std::string> alg, Run run);

    // Makes the next key active and retires the active one. A next key that is too young is
    // promoted only by `force`; a preview says for how many seconds consumers would refuse its
    // tokens.
    Result<KeyPlan> promote(bool force, Run run);

    // Takes a next key back.
    Result<KeyPlan> retire(std::string_view kid, Run run);

    // Unpublishes a key at once, under every kid that it has here, and wipes its private part. A
    // successor is made first if the active key has none that this codec can open.
    Result<KeyPlan> revoke(std::string_view kid, Run run);

    // Seals every private part under the first key-encryption key.
    Result<KeyPlan> rewrap(Run run);

    // Makes a private key in PEM the next one, with its thumbprint as kid, and takes back the next
    // key that was there. Errors call the PEM `source`. A damaged or weak key is key_unusable.
    Result<KeyPlan> import_private(std::string_view pem, std::string_view source, Run run);

    // Publishes the public key of a predecessor until `until_s` (Unix time), under its thumbprint
    // unless its tokens carry another kid.
    struct Predecessor {
        std::string_view pem;
        std::string_view source;
        std::int64_t until_s = 0;
        std::optional<std::string> kid;
    };
    Result<KeyPlan> import_public(const Predecessor& predecessor, Run run);

private:
    struct Draft {
        KeyPlan plan;
        KeyHome::Edit edit;
    };
    using Planner = std::function<Result<Draft>(const KeyView&)>;
    Result<KeyPlan> run_plan(const Planner& planner, Run run);
    // Makes a key or, with Run::preview, only a placeholder for one.
    Result<StoredKey> make_fresh(std::string_view alg, Run run) const;
    // When a next key that is there is taken back in favour of the new one.
    enum class Replace : std::uint8_t { never, if_of_other_alg, always };
    Result<Draft> draft_stage(const KeyView& view, const StoredKey& fresh, Replace replace) const;
    void take_back(Draft& draft, KeyLives& lives, std::string_view why) const;
    Result<Draft> draft_promote(const KeyView& view, bool force, Run run) const;
    Result<Draft> draft_revoke(const KeyView& view, std::string_view kid,
                               const std::optional<StoredKey>& fresh) const;
    std::optional<Error> revoke_all(Draft& draft, KeyLives& lives,
                                    const std::vector<std::string>& kids, std::int64_t now_s) const;
    Result<Draft> draft_rewrap(const KeyView& view) const;
    // Whether no key that this codec can open could sign once these keys are revoked.
    bool lacks_successor(const KeyView& view, const std::vector<std::string>& kids) const;
    bool can_open(const StoredKeys& keys, std::string_view kid) const;
    // Returns why the servers could not use keys that are made with this codec, or nothing.
    std::optional<Error> find_obstacle(const KeyView& view) const;

    KeyHome& home_;
    const KeyCodec& codec_;
    RotationPolicy policy_;
    KeyMaking making_;
    KeyOperator who_;
    std::vector<KeyAudit> noted_;
};

}  // namespace signet::keys
