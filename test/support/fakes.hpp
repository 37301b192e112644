#pragma once

#include "base/base64url.hpp"
#include "base/sha256.hpp"
#include "support/counting_random.hpp"

#include <signet/ports/passwords.hpp>
#include <signet/ports/sessions.hpp>
#include <signet/ports/system.hpp>
#include <signet/ports/tokens.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace signet::test {

// Returns the Text of a value that is known to be valid.
inline Text text(std::string_view value) {
    return Text::from(value).value();
}

class ManualClock final : public Clock {
public:
    std::int64_t now_s() const override { return now; }
    std::int64_t now = 1'800'000'000;
};

// Hashes by adding a prefix, and counts its calls, so that tests can check how much work was done.
class CountingHasher final : public PasswordHasher {
public:
    Result<Text> hash(std::string_view password) override {
        ++hashes;
        return text("new:" + std::string(password));
    }
    Result<PasswordVerdict> verify(std::string_view password, std::string_view stored) override {
        ++verifications;
        if (out_of_memory) {
            return Errc::out_of_memory;
        }
        PasswordVerdict verdict = PasswordVerdict::wrong;
        if (stored == "new:" + std::string(password)) {
            verdict = PasswordVerdict::matches;
        } else if (stored == "old:" + std::string(password)) {
            verdict = PasswordVerdict::matches_outdated;
        }
        if (meanwhile) {
            std::exchange(meanwhile, nullptr)();
        }
        return verdict;
    }
    Result<void> verify_nobody(std::string_view) override {
        ++verifications;
        if (out_of_memory) {
            return Errc::out_of_memory;
        }
        return {};
    }

    std::chrono::milliseconds longest_verification() const override { return longest; }

    int hashes = 0;
    int verifications = 0;
    std::chrono::milliseconds longest{0};
    bool out_of_memory = false;
    std::function<void()> meanwhile;  // called during the next verification, for changes by others
};

// Refuses the one password "weak".
class SimpleJudge final : public PasswordJudge {
public:
    std::optional<FieldError> judge(std::string_view pointer, std::string_view password,
                                    std::span<const std::string>) const override {
        if (password == "weak") {
            return FieldError{std::string(pointer), "password-weak", "Choose another."};
        }
        return std::nullopt;
    }
};

// Issues tokens "token-<n>", and returns the signed claims until they expire.
class MemoryTokens final : public TokenSigner, public TokenVerifier {
public:
    Result<std::string> sign(const AccessClaims& claims) const override {
        if (no_key) {
            return Errc::no_signing_key;
        }
        if (meanwhile) {
            std::exchange(meanwhile, nullptr)();
        }
        const std::string token = "token-" + std::to_string(signed_.size());
        signed_.emplace(token, claims);
        return token;
    }
    Result<AccessClaims> verify(std::string_view token, std::int64_t now_s) const override {
        const auto found = signed_.find(std::string(token));
        if (found == signed_.end() || now_s >= found->second.expires_at_s) {
            return Errc::invalid_token;
        }
        return found->second;
    }
    const AccessClaims& claims(const std::string& token) const { return signed_.at(token); }

    bool no_key = false;
    mutable std::function<void()> meanwhile;  // called while the next token is signed

private:
    mutable std::map<std::string, AccessClaims> signed_;
};

// Seals by adding a prefix that names the session.
class PlainSealer final : public SessionSealer {
public:
    Result<Text> seal(std::string_view key, const SessionId& id) const override {
        if (lost) {
            return Errc::session_key_unavailable;
        }
        return text("v1." + id.str() + '.' + base64url_encode(key));
    }
    Result<std::string> open(std::string_view sealed, const SessionId& id) const override {
        const std::string prefix = "v1." + id.str() + '.';
        if (lost || !sealed.starts_with(prefix)) {
            return Errc::session_key_unavailable;
        }
        return base64url_decode(sealed.substr(prefix.size())).value();
    }
    bool current(std::string_view) const override { return true; }
    Result<Text> seal_message(const MessageValues& values, const Uuid& id) const override {
        std::string plain;
        for (const auto& [name, value] : values) {
            plain += name + '\n' + value + '\n';
        }
        return text("v1." + id.str() + '.' + base64url_encode(plain));
    }
    Result<MessageValues> open_message(std::string_view sealed, const Uuid& id) const override {
        const std::string prefix = "v1." + id.str() + '.';
        if (lost || !sealed.starts_with(prefix)) {
            return Errc::session_key_unavailable;
        }
        std::istringstream plain(base64url_decode(sealed.substr(prefix.size())).value());
        MessageValues values;
        for (std::string name, value; std::getline(plain, name) && std::getline(plain, value);) {
            values.emplace(name, value);
        }
        return values;
    }
    std::string pseudonym(std::string_view text) const override {
        return base64url_encode(sha256(text));
    }

    bool lost = false;
};

class FixedKeys final : public KeyPublisher {
public:
    std::uint64_t epoch() const override { return epoch_; }
    std::string jwks() const override { return text_; }
    std::vector<std::string> algs() const override { return algs_; }
    void publish(std::string jwks, std::vector<std::string> algs = {"RS256"}) {
        text_ = std::move(jwks);
        algs_ = std::move(algs);
        ++epoch_;
    }

private:
    std::uint64_t epoch_ = 1;
    std::string text_ = "{\"keys\":[]}";
    std::vector<std::string> algs_{"RS256"};
};

class FixedReadiness final : public Readiness {
public:
    std::vector<ReadinessCheck> checks() const override { return list; }
    std::vector<ReadinessCheck> list{{"database", true, ""}};
};

}  // namespace signet::test
