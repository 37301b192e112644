#include "keys/rotation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>

using namespace signet;
using namespace signet::keys;

namespace {

constexpr RotationPolicy kPolicy{
    .period_s = 30 * 86400, .publish_ahead_s = 3600, .tokens_ttl_s = 900};

// The policy of a server whose tokens live for so long.
RotationPolicy policy_of(std::int64_t tokens_ttl_s) {
    RotationPolicy policy = kPolicy;
    policy.tokens_ttl_s = tokens_ttl_s;
    return policy;
}

constexpr std::int64_t kLeewayS = 60;   // tokens::kClockLeewayS
constexpr std::int64_t kViewAgeS = 60;  // tokens::kViewAgeMaxS

// A server: the keys as it saw them last, and how long its tokens live.
struct Server {
    std::int64_t ttl_s;
    KeyLives view = {};
    std::int64_t seen_at = 0;
};

// A random history of rotation, of servers that look at the keys now and then, and of the tokens
// that they signed meanwhile.
class History {
public:
    explicit History(unsigned seed) : random_(seed) {}

    void step() {
        now_ += pause();
        if (below(3) == 0) {
            do_what_is_due();
        } else {
            interfere();
        }
        check_keys();
        for (Server& server : servers_) {
            if (below(2) == 0) {
                look(server);
            }
            sign(server);
        }
        check_tokens();
    }
    std::size_t tokens() const { return signed_; }

private:
    // Servers sign on with what they saw for a minute, so most of the time little of it goes by.
    std::int64_t pause() {
        switch (below(6)) {
            case 0:
                return below(40 * 86400);
            case 1:
                return below(2000);
            default:
                return below(40);
        }
    }
    RotationPolicy some_policy() {
        return policy_of(servers_[static_cast<std::size_t>(below(3))].ttl_s);
    }
    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }
    std::string fresh_kid() { return "key-" + std::to_string(++made_); }
    std::string some_kid() {
        return keys_.empty()
                   ? "none"
                   : keys_[static_cast<std::size_t>(below(static_cast<std::int64_t>(keys_.size())))]
                         .kid;
    }

    void do_what_is_due() {
        const RotationPolicy policy = some_policy();
        switch (due(keys_, policy, now_)) {
            case Due::first_key:
            case Due::stage:
                CHECK(!stage(keys_, fresh_kid(), "RS256", policy, now_));
                break;
            case Due::promote:
                CHECK(!promote(keys_, policy, now_));
                break;
            case Due::remove:
                remove_dead(keys_, now_);
                break;
            case Due::nothing:
                break;
        }
    }

    // What operators and other replicas do, whether or not it is due.
    void interfere() {
        const KeyLives before = keys_;
        std::optional<RotationFault> fault;
        switch (below(6)) {
            case 0:
                fault = stage(keys_, fresh_kid(), "RS256", some_policy(), now_);
                break;
            case 1:
                fault = promote(keys_, some_policy(), now_);
                break;
            case 2:
                fault = retire(keys_, some_kid());
                break;
            case 3:
                remove_dead(keys_, now_);
                break;
            case 4:
                fault = publish_foreign(keys_, fresh_kid(), "RS256", now_ + below(5000), now_);
                break;
            default:
                if (below(10) == 0) {
                    revoke_some(fault);
                }
        }
        if (fault) {
            CHECK(keys_ == before);
        }
    }

    void revoke_some(std::optional<RotationFault>& fault) {
        const std::string kid = some_kid();
        const KeyLife* before = active_key(keys_);
        const bool was_active = before != nullptr && before->kid == kid;
        fault = revoke(keys_, kid, some_policy(), now_);
        if (fault) {
            return;
        }
        revoked_.insert(kid);  // its tokens are meant to be refused
        if (was_active) {
            hurried_.insert(active_key(keys_)->kid);
        }
    }

    // What RotationJob does before it publishes what it saw.
    void look(Server& server) {
        raise_tokens_ttl(keys_, policy_of(server.ttl_s));
        server.view = keys_;
        server.seen_at = now_;
    }

    // What Keyring::sign() does: with what was seen, if that is young enough.
    void sign(const Server& server) {
        const KeyLife* active = active_key(server.view);
        if (active == nullptr || now_ - server.seen_at > kViewAgeS ||
            server.ttl_s > active->tokens_ttl_s) {
            return;
        }
        CHECK(!active->foreign);
        if (!hurried_.contains(active->kid)) {
            CHECK(now_ >= active->active_after_s);
        }
        std::int64_t& expiry = last_expiry_[active->kid];
        expiry = std::max(expiry, now_ + server.ttl_s);
        ++signed_;
    }

    void check_keys() {
        const auto count = [this](KeyState state) {
            return std::ranges::count(keys_, state, &KeyLife::state);
        };
        had_a_key_ = had_a_key_ || count(KeyState::active) > 0;
        CHECK(count(KeyState::active) == (had_a_key_ ? 1 : 0));
        CHECK(count(KeyState::next) <= 1);
    }

    void check_tokens() const {
        for (const auto& [kid, expiry] : last_expiry_) {
            if (now_ < expiry + kLeewayS && !revoked_.contains(kid)) {
                const auto found = std::ranges::find(keys_, kid, &KeyLife::kid);
                REQUIRE(found != keys_.end());
                CHECK(found->state != KeyState::next);
                if (found->remove_after_s) {
                    CHECK(*found->remove_after_s >= expiry + kLeewayS);
                }
            }
        }
    }

    std::mt19937 random_;
    std::int64_t now_ = 1'000'000;
    int made_ = 0;
    bool had_a_key_ = false;
    std::set<std::string> hurried_;  // what took the place of a revoked key before its time
    std::set<std::string> revoked_;
    std::array<Server, 3> servers_{{{60}, {900}, {7200}}};
    KeyLives keys_;
    std::map<std::string, std::int64_t> last_expiry_;  // of the tokens that a key signed
    std::size_t signed_ = 0;
};

}  // namespace

TEST_CASE(
    "in no history are there two active keys, a signature too early, or a removal too early") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        History history(seed);
        for (int i = 0; i < 200; ++i) {
            history.step();
        }
        CHECK(history.tokens() > 100);
    }
}
