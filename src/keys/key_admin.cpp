#include "keys/key_admin.hpp"

#include "base/secret.hpp"
#include "base/timestamp.hpp"
#include "keys/fixed_key.hpp"
#include "keys/key_gate.hpp"
#include "keys/key_words.hpp"
#include "keys/stored_edit.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace signet::keys {
namespace {

constexpr std::int64_t kUntilMaxS = 253'402'300'799;  // the end of the year 9999
constexpr std::string_view kWasRevoked = "this key was revoked: whoever has it could sign again";

bool is_revoked(const StoredKeys& keys, const tokens::KeyPair& key) {
    return std::ranges::any_of(keys, [&key](const StoredKey& stored) {
        const auto half = stored.life.state == KeyState::revoked
                              ? tokens::KeyPair::from_public_pem(stored.public_part)
                              : Result<tokens::KeyPair>(Errc::no_signing_key);
        return half && half->thumbprint() == key.thumbprint();
    });
}

}  // namespace

Result<KeyPlan> KeyAdmin::run_plan(const Planner& planner, Run run) {
    if (run == Run::preview) {
        const auto view = home_.load();
        if (!view) {
            return view.error();
        }
        auto draft = planner(*view);
        if (!draft) {
            return draft.error();
        }
        return std::move(draft->plan);
    }
    KeyPlan plan;
    const auto changed = home_.change([&](const KeyView& view) -> Result<KeyHome::Edit> {
        auto draft = planner(view);
        if (!draft) {
            return draft.error();
        }
        plan = std::move(draft->plan);
        return std::move(draft->edit);
    });
    if (!changed) {
        return changed.error();
    }
    return plan;
}

Result<StoredKey> KeyAdmin::make_fresh(std::string_view alg, Run run) const {
    if (!tokens::is_known_alg(alg)) {
        return refused("keys are made for RS256, ES256 and EdDSA");
    }
    if (run == Run::execute) {
        return make_new_key(alg, making_.rsa_bits, codec_);
    }
    StoredKey unmade;
    unmade.life.kid = kUnmade;
    unmade.life.alg = alg;
    return unmade;
}

Result<std::vector<KeyRow>> KeyAdmin::list() {
    const auto view = home_.load();
    if (!view) {
        return view.error();
    }
    std::vector<KeyRow> rows;
    rows.reserve(view->keys.size());
    for (const StoredKey& key : view->keys) {
        const auto half = tokens::KeyPair::from_public_pem(key.public_part);
        rows.push_back({key.life, half ? half->bits() : 0, !key.private_part.empty()});
    }
    std::ranges::sort(rows, [](const KeyRow& a, const KeyRow& b) {
        return std::tie(a.life.state, a.life.created_at_s, a.life.kid) <
               std::tie(b.life.state, b.life.created_at_s, b.life.kid);
    });
    return rows;
}

Result<KeyPlan> KeyAdmin::stage(std::optional<std::string> alg, Run run) {
    const auto view = home_.load();
    if (!view) {
        return view.error();
    }
    const KeyLives lives = lives_of(view->keys);
    const std::string wanted = alg ? *alg : choose_alg(making_, lives);
    // No key is made that would be thrown away at once.
    const auto is_due = [&](const KeyLives& keys) {
        const KeyLife* const next = next_key(keys);
        return next == nullptr || (alg && next->alg != *alg);
    };
    auto fresh = make_fresh(wanted, is_due(lives) ? run : Run::preview);
    if (!fresh) {
        return fresh.error();
    }
    const WipeOnExit wiped(fresh->private_part);
    return run_plan(
        [&](const KeyView& now) -> Result<Draft> {
            if (run == Run::execute && fresh->public_part.empty() && is_due(lives_of(now.keys))) {
                return refused("the keys have changed meanwhile; try again");
            }
            return draft_stage(now, *fresh, alg ? Replace::if_of_other_alg : Replace::never);
        },
        run);
}

Result<KeyPlan> KeyAdmin::promote(bool force, Run run) {
    return run_plan([&](const KeyView& view) { return draft_promote(view, force, run); }, run);
}

Result<KeyPlan> KeyAdmin::retire(std::string_view kid, Run run) {
    return run_plan(
        [&](const KeyView& view) -> Result<Draft> {
            KeyLives lives = lives_of(view.keys);
            if (const auto fault = keys::retire(lives, kid)) {
                return refused(*fault);
            }
            Draft draft;
            draft.plan.kid = kid;
            draft.plan.lines = {"The key " + std::string(kid) +
                                " never signed; it is taken back and gone at once."};
            draft.edit = {with_lives(view.keys, lives), {operator_audit("retire", kid)}};
            return draft;
        },
        run);
}

Result<KeyPlan> KeyAdmin::revoke(std::string_view kid, Run run) {
    const auto view = home_.load();
    if (!view) {
        return view.error();
    }
    std::optional<StoredKey> fresh;
    if (lacks_successor(*view, kids_of_same_key(view->keys, kid))) {
        auto made = make_fresh(choose_alg(making_, lives_of(view->keys)), run);
        if (!made) {
            return made.error();
        }
        fresh = std::move(*made);
    }
    auto plan = run_plan([&](const KeyView& now) { return draft_revoke(now, kid, fresh); }, run);
    if (fresh) {
        wipe(fresh->private_part);
    }
    return plan;
}

Result<KeyPlan> KeyAdmin::rewrap(Run run) {
    return run_plan([&](const KeyView& view) { return draft_rewrap(view); }, run);
}

Result<KeyPlan> KeyAdmin::import_private(std::string_view pem, std::string_view source, Run run) {
    const auto key = load_private_key(pem, source);
    if (!key) {
        return key.error();
    }
    auto stored = make_stored(*key, key->thumbprint(), codec_);
    if (!stored) {
        return stored.error();
    }
    const WipeOnExit wiped(stored->private_part);
    return run_plan(
        [&](const KeyView& view) -> Result<Draft> {
            if (is_revoked(view.keys, *key)) {
                return refused(std::string(kWasRevoked));
            }
            auto draft = draft_stage(view, *stored, Replace::always);
            if (draft) {
                draft->edit.audit.back().action = "import";
            }
            return draft;
        },
        run);
}

Result<KeyPlan> KeyAdmin::import_public(const Predecessor& predecessor, Run run) {
    const auto key = load_public_key(predecessor.pem, predecessor.source);
    if (!key) {
        return key.error();
    }
    const std::string kid = predecessor.kid.value_or(key->thumbprint());
    if (!is_kid(kid)) {
        return refused("a kid has to be 1 to " + std::to_string(kKidBytesMax) +
                       " visible ASCII characters");
    }
    const auto stored = make_stored(*key, kid, codec_);
    if (!stored) {
        return stored.error();
    }
    return run_plan(
        [&](const KeyView& view) -> Result<Draft> {
            if (predecessor.until_s <= view.now_s || predecessor.until_s > kUntilMaxS) {
                return refused(
                    "the time until which the key is published is over already, or no "
                    "date of the years up to 9999");
            }
            if (is_revoked(view.keys, *key)) {
                return refused(std::string(kWasRevoked));
            }
            KeyLives lives = lives_of(view.keys);
            if (const auto fault =
                    publish_foreign(lives, kid, key->alg(), predecessor.until_s, view.now_s)) {
                return refused(*fault);
            }
            const std::string until = rfc3339(predecessor.until_s);
            Draft draft;
            draft.plan.kid = kid;
            draft.plan.lines = {"The key " + kid + " (" + std::string(key->alg()) +
                                ") is published until " + until + ", and never signs."};
            draft.edit = {with_lives(view.keys, lives, *stored),
                          {operator_audit("import", kid, "public, until " + until)}};
            return draft;
        },
        run);
}

}  // namespace signet::keys
