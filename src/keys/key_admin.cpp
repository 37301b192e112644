#include "keys/key_admin.hpp"

#include "base/secret.hpp"
#include "base/system.hpp"
#include "keys/key_gate.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace signet::keys {
namespace {

constexpr std::int64_t kUntilMaxS = 253'402'300'799;  // the end of the year 9999
constexpr std::string_view kWasRevoked = "this key was revoked: whoever has it could sign again";
// Stands for the key that a preview does not make.
constexpr std::string_view kUnmade = "(a new key)";

Error refused(std::string sentence) {
    return {Errc::invalid_input, std::move(sentence)};
}

Error refused(RotationFault fault) {
    return refused(std::string(explain(fault)));
}

// Returns a row without the actor, which run_plan() fills in.
KeyAudit audit_row(std::string_view action, std::string_view kid, std::string detail = {}) {
    return {{}, std::string(action), std::string(kid), std::move(detail)};
}

bool is_revoked(const StoredKeys& keys, const tokens::KeyPair& key) {
    return std::ranges::any_of(keys, [&key](const StoredKey& stored) {
        const auto half = stored.life.state == KeyState::revoked
                              ? tokens::KeyPair::from_public_pem(stored.public_part)
                              : Result<tokens::KeyPair>(Errc::key_unusable);
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
    std::vector<KeyAudit> noted;
    const auto changed = home_.change([&](const KeyView& view) -> Result<KeyHome::Edit> {
        auto draft = planner(view);
        if (!draft) {
            return draft.error();
        }
        for (KeyAudit& row : draft->edit.audit) {
            row.actor = who_.actor;
        }
        noted = draft->edit.audit;
        plan = std::move(draft->plan);
        return std::move(draft->edit);
    });
    if (!changed) {
        return changed.error();
    }
    noted_.insert(noted_.end(), noted.begin(), noted.end());
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
    // A new key is made only if it is needed, because making one may take long.
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
            draft.edit = {with_lives(view.keys, lives), {audit_row("retire", kid)}};
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
                          {audit_row("import", kid, "public, until " + until)}};
            return draft;
        },
        run);
}

namespace {

std::string named(std::string_view kid) {
    return kid == kUnmade ? std::string(kUnmade) : "key " + std::string(kid);
}

std::string seconds(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " second" : " seconds");
}

std::string published_until(const KeyLives& lives, std::string_view kid) {
    const auto found =
        std::ranges::find_if(lives, [kid](const KeyLife& life) { return life.kid == kid; });
    const auto until_s = found == lives.end() ? std::nullopt : found->remove_after_s;
    return "The " + named(kid) + " is retired and stays published" +
           (until_s ? " until " + rfc3339(*until_s) : "") + ".";
}

// Returns a sentence about the state of the new key `kid` after it was staged.
std::string tell_stage(const KeyLives& lives, std::string_view kid, std::string_view alg) {
    const KeyLife* next = next_key(lives);
    const std::string which = named(kid) + " (" + std::string(alg) + ")";
    return next != nullptr && next->kid == kid
               ? "The next key is " + which + ": published at once, and old enough to sign from " +
                     rfc3339(next->active_after_s) + " on."
               : "The active key is " + which + " at once, because no other key can sign.";
}

}  // namespace

std::optional<Error> KeyAdmin::find_obstacle(const KeyView& view) const {
    const KeyLives lives = lives_of(view.keys);
    const KeyLife* const active = active_key(lives);
    const StoredKey* const stored =
        active == nullptr ? nullptr : find_stored(view.keys, active->kid);
    if (stored == nullptr) {
        return std::nullopt;
    }
    const auto key = codec_.decode(*stored);
    return key ? std::nullopt
               : std::optional(refused("a key that is made here could not be opened by the "
                                       "servers: " +
                                       key.error().log_detail +
                                       "; set the AUTH_KEY_ENCRYPTION_KEY that they have"));
}

bool KeyAdmin::can_open(const StoredKeys& keys, std::string_view kid) const {
    const StoredKey* const stored = find_stored(keys, kid);
    return stored != nullptr && codec_.decode(*stored).has_value();
}

bool KeyAdmin::lacks_successor(const KeyView& view, const std::vector<std::string>& kids) const {
    const KeyLives lives = lives_of(view.keys);
    const KeyLife* const active = active_key(lives);
    const KeyLife* const next = next_key(lives);
    if (active == nullptr || std::ranges::find(kids, active->kid) == kids.end()) {
        return false;
    }
    if (next == nullptr) {
        return true;
    }
    // If the active key cannot be opened either, this process has another key-encryption key than
    // the servers, and cannot tell whether they can open the next key.
    return can_open(view.keys, active->kid) && !can_open(view.keys, next->kid);
}

void KeyAdmin::take_back(Draft& draft, KeyLives& lives, std::string_view why) const {
    const KeyLife gone = *next_key(lives);
    draft.plan.lines.push_back("The next key " + gone.kid + " (" + gone.alg +
                               ") never signed; it is taken back and gone at once.");
    draft.edit.audit.push_back(audit_row("retire", gone.kid, std::string(why)));
    std::erase_if(lives, [&gone](const KeyLife& life) { return life.kid == gone.kid; });
}

Result<KeyAdmin::Draft> KeyAdmin::draft_stage(const KeyView& view, const StoredKey& fresh,
                                              Replace replace) const {
    if (auto obstacle = find_obstacle(view)) {
        return std::move(*obstacle);
    }
    Draft draft;
    KeyLives lives = lives_of(view.keys);
    const KeyLife* const next = next_key(lives);
    const bool gives_way = next != nullptr && next->kid != fresh.life.kid &&
                           (replace == Replace::always ||
                            (replace == Replace::if_of_other_alg && next->alg != fresh.life.alg));
    if (next != nullptr && !gives_way && replace != Replace::always) {
        draft.plan.changes = false;
        draft.plan.kid = next->kid;
        draft.plan.lines = {"There is a next key already: " + next->kid + " (" + next->alg + ")."};
        draft.edit.keys = view.keys;
        return draft;
    }
    if (gives_way) {
        take_back(draft, lives, "for a key of " + fresh.life.alg);
    }
    const std::string& kid = fresh.life.kid;
    if (const auto fault = keys::stage(lives, kid, fresh.life.alg, policy_, view.now_s)) {
        return refused(*fault);
    }
    draft.plan.kid = kid == kUnmade ? std::string() : kid;
    draft.plan.lines.push_back(tell_stage(lives, kid, fresh.life.alg));
    draft.edit.keys = with_lives(view.keys, lives, fresh);
    draft.edit.audit.push_back(audit_row("stage", kid, fresh.life.alg));
    return draft;
}

Result<KeyAdmin::Draft> KeyAdmin::draft_promote(const KeyView& view, bool force, Run run) const {
    Draft draft;
    KeyLives lives = lives_of(view.keys);
    const std::int64_t early_s = seconds_too_young(lives, view.now_s);
    const KeyLife* active = active_key(lives);
    const KeyLife* next = next_key(lives);
    const std::string before = active == nullptr ? std::string() : active->kid;
    const std::string after = next == nullptr ? std::string() : next->kid;
    const std::string warning =
        "consumers that have not fetched the JWKS yet would refuse new "
        "tokens for up to " +
        seconds(early_s);
    const auto fault = keys::promote(lives, policy_, view.now_s, force || run == Run::preview);
    if (fault) {
        return *fault == RotationFault::too_young
                   ? refused("the next key is too young: " + warning + "; --force does it anyway")
                   : refused(*fault);
    }
    const StoredKey* stored = find_stored(view.keys, after);
    if (stored != nullptr) {
        if (const auto usable = codec_.decode(*stored); !usable) {
            return usable.error();
        }
    }
    draft.plan.kid = after;
    draft.plan.refused_s = early_s;
    draft.plan.lines.push_back("The key " + after + " becomes active and signs from now on.");
    draft.edit = {with_lives(view.keys, lives), {audit_row("promote", after)}};
    if (!before.empty()) {
        draft.plan.lines.push_back(published_until(lives, before));
        draft.edit.audit.push_back(audit_row("retire", before, "its successor is " + after));
    }
    if (early_s > 0) {
        draft.plan.lines.push_back("It is too young: " + warning + "." +
                                   (force ? "" : " It needs --force."));
        draft.edit.audit.front().detail = "forced, " + seconds(early_s) + " too early";
    }
    return draft;
}

Result<KeyAdmin::Draft> KeyAdmin::draft_revoke(const KeyView& view, std::string_view kid,
                                               const std::optional<StoredKey>& fresh) const {
    Draft draft;
    KeyLives lives = lives_of(view.keys);
    const KeyLife* active = active_key(lives);
    const auto kids = kids_of_same_key(view.keys, kid);
    const bool was_active = active != nullptr && std::ranges::find(kids, active->kid) != kids.end();
    if (lacks_successor(view, kids)) {
        if (!fresh) {
            return refused("the keys have changed meanwhile; try again");
        }
        if (next_key(lives) != nullptr) {
            take_back(draft, lives, "nobody could be sure to open it");
        }
        if (const auto fault =
                keys::stage(lives, fresh->life.kid, fresh->life.alg, policy_, view.now_s)) {
            return refused(*fault);
        }
        draft.plan.lines.push_back("A successor is made first: " + named(fresh->life.kid) + " (" +
                                   fresh->life.alg + ").");
        draft.edit.audit.push_back(
            audit_row("stage", fresh->life.kid, "successor of a revoked key, " + fresh->life.alg));
    }
    const std::int64_t early_s = was_active ? seconds_too_young(lives, view.now_s) : 0;
    if (auto fault = revoke_all(draft, lives, kids, view.now_s)) {
        return std::move(*fault);
    }
    draft.plan.kid = kid;
    draft.plan.refused_s = early_s;
    draft.plan.restart_consumers = true;
    if (was_active) {
        const std::string after = active_key(lives)->kid;
        draft.plan.lines.push_back("Tokens are signed with " + named(after) + " from now on.");
        draft.edit.audit.push_back(audit_row("promote", after, "its predecessor was revoked"));
        if (find_stored(view.keys, after) != nullptr && !can_open(view.keys, after)) {
            draft.plan.lines.emplace_back(
                "It cannot be opened with the AUTH_KEY_ENCRYPTION_KEY of this command. If the "
                "servers cannot open it either, revoke it too: then a new one is made.");
        }
    }
    if (early_s > 0) {
        draft.plan.lines.push_back(
            "Consumers that are not restarted may refuse new tokens for up to " + seconds(early_s) +
            ".");
    }
    draft.plan.lines.emplace_back(
        "Restart every Hasura, and whatever else holds a copy of the JWKS: until it fetches it "
        "again, it takes tokens of the revoked key.");
    draft.plan.lines.push_back(
        "A Hasura v2 in JWKS mode that is not restarted keeps its copy for up to " +
        std::to_string(who_.consumers_s) +
        " s (AUTH_JWKS_MAX_AGE + AUTH_JWKS_CONSUMER_TICK). Signet, webhook mode and Hasura v3 need "
        "no restart: they follow within AUTH_KEY_CHECK.");
    draft.edit.keys = with_lives(view.keys, lives, fresh);
    return draft;
}

// Revokes one key under all its kids.
std::optional<Error> KeyAdmin::revoke_all(Draft& draft, KeyLives& lives,
                                          const std::vector<std::string>& kids,
                                          std::int64_t now_s) const {
    std::optional<RotationFault> first_fault;
    for (const std::string& kid : kids) {
        if (const auto fault = keys::revoke(lives, kid, policy_, now_s)) {
            first_fault = first_fault ? first_fault : fault;
            continue;
        }
        draft.plan.lines.push_back("The key " + kid +
                                   " leaves the JWKS, its tokens are refused here, and its private "
                                   "part is wiped, all at once.");
        draft.edit.audit.push_back(audit_row("revoke", kid));
    }
    if (kids.empty()) {
        return refused(RotationFault::unknown_key);
    }
    const bool all_were = draft.edit.audit.empty();
    return first_fault && (all_were || *first_fault != RotationFault::already_revoked)
               ? std::optional(refused(*first_fault))
               : std::nullopt;
}

Result<KeyAdmin::Draft> KeyAdmin::draft_rewrap(const KeyView& view) const {
    Draft draft;
    draft.edit.keys = view.keys;
    for (StoredKey& stored : draft.edit.keys) {
        if (codec_.current(stored)) {
            continue;
        }
        const auto key = codec_.decode(stored);
        if (!key) {
            draft.plan.left.push_back("Left as it is: " + key.error().log_detail + ".");
            continue;
        }
        auto part = codec_.encode(*key, stored.life.kid);
        if (!part) {
            return part.error();
        }
        wipe(stored.private_part);
        stored.private_part = std::move(*part);
        draft.plan.lines.push_back("The key " + stored.life.kid +
                                   " is sealed under the first key-encryption key.");
        draft.edit.audit.push_back(audit_row("rewrap", stored.life.kid));
    }
    draft.plan.changes = !draft.edit.audit.empty();
    if (draft.plan.lines.empty() && draft.plan.left.empty()) {
        draft.plan.lines.emplace_back("Every private part is kept as it should be.");
    }
    return draft;
}

}  // namespace signet::keys
