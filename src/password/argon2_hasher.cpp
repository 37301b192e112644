#include "password/argon2_hasher.hpp"

#include "base/secret.hpp"
#include "password/normalise.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

namespace signet {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 32;

// How much memory Argon2 writes in the time of one of bcrypt's 2^cost rounds. It was measured at
// 115 KiB, and is rounded down so that rather too much work is added than too little.
constexpr std::uint64_t kBcryptRoundKib = 100;

std::chrono::nanoseconds time_of_this_thread() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// Verifies, and notes how long that took. `longest` may be null.
template <class Verify>
Result<PasswordVerdict> timed(LongestVerification* longest, const Verify& verify) {
    const std::chrono::nanoseconds before = time_of_this_thread();
    auto verdict = verify();
    if (longest != nullptr)
        longest->note(time_of_this_thread() - before);
    return verdict;
}

// Returns the bytes that are hashed for `password`, or nothing if nobody can have that password.
std::optional<std::string> prepared(std::string_view password) {
    if (password.size() > kPasswordSpellingBytesMax)
        return std::nullopt;
    auto nfc = normalise(password, UnicodeForm::nfc);
    if (nfc && nfc->size() > kPasswordBytesMax) {
        wipe(*nfc);
        return std::nullopt;
    }
    return nfc;
}

// The Unicode forms in which another service may have hashed `password`, without duplicates.
class Spellings {
public:
    explicit Spellings(std::string_view password) {
        // A reallocation would free memory without wiping it.
        texts_.reserve(3);
        auto nfc = prepared(password);
        if (!nfc)
            return;
        std::string sent(password);
        auto nfd = normalise(password, UnicodeForm::nfd);
        add(*nfc);
        add(sent);
        if (nfd)
            add(*nfd);
    }
    ~Spellings() {
        for (auto& text : texts_)
            wipe(text);
    }
    Spellings(const Spellings&) = delete;
    Spellings& operator=(const Spellings&) = delete;

    const std::vector<std::string>& texts() const { return texts_; }
    // Whether anybody can have this password.
    bool possible() const { return !texts_.empty(); }
    // Returns the first of them, at most `count`, and the empty text if there is none, because the
    // work has to be done all the same.
    std::vector<std::string_view> first(std::size_t count) const {
        std::vector<std::string_view> out(texts_.begin(), texts_.end());
        out.resize(std::clamp<std::size_t>(out.size(), 1, std::max<std::size_t>(count, 1)), "");
        return out;
    }

private:
    void add(std::string& text) {
        if (std::ranges::find(texts_, text) == texts_.end())
            texts_.push_back(text);
        wipe(text);
    }

    std::vector<std::string> texts_;
};

// Says what was expected of a stored hash that none of the readers took.
std::string unreadable_reason(std::string_view stored) {
    if (stored.starts_with("$argon2"))
        return "it is no Argon2 hash within the limits: expected $argon2id$v=19$m=…,t=…,p=… with "
               "at most 1048576 KiB, 20 passes, 16 lanes and 4194304 KiB in all passes";
    if (stored.starts_with("$2"))
        return "it is no bcrypt hash within the limits: expected $2a$, $2b$ or $2y$, a cost of 4 "
               "to 14, and 60 characters";
    if (stored.starts_with("$scrypt") || stored.starts_with("$firebase-scrypt"))
        return "it is no scrypt hash within the limits: expected $scrypt$ln=…,r=…,p=…$salt$tag "
               "with 128 × N × r × p of at most 524288 KiB";
    if (stored.starts_with("$pbkdf2") || stored.starts_with("pbkdf2_"))
        return "it is no PBKDF2 hash within the limits: expected $pbkdf2-sha256$…$salt$tag or "
               "pbkdf2_sha256$…$salt$tag of sha1, sha256 or sha512 with at most 4000000 iterations";
    return "it is neither Argon2 nor bcrypt, scrypt, PBKDF2 or Firebase's scrypt";
}

bool made_like_new_ones(const PhcHash& stored, const Argon2Options& today) {
    return stored.variant == Argon2Variant::argon2id && stored.options == today &&
           stored.salt.size() == kSaltBytes && stored.tag.size() == kTagBytes;
}

}  // namespace

void LongestVerification::note(std::chrono::nanoseconds used) {
    const auto spaced = std::chrono::duration_cast<std::chrono::milliseconds>(used + used / 4);
    const std::int64_t ms = std::min(spaced, kLongestVerificationMax).count();
    std::int64_t before = ms_;
    while (before < ms && !ms_.compare_exchange_weak(before, ms)) {
    }
}

Argon2Hasher::Argon2Hasher(const Argon2Options& options, Random& random, Argon2HasherHooks hooks)
    : options_(options),
      random_(random),
      hooks_(std::move(hooks)),
      // A random tag stands for the hash of a password that nobody knows.
      nobody_{Argon2Variant::argon2id, options, random_bytes(kSaltBytes), random_bytes(kTagBytes)} {
}

std::string Argon2Hasher::random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    random_.fill(std::as_writable_bytes(std::span<char>(bytes)));
    return bytes;
}

Result<void> Argon2Hasher::derive(std::string_view password, const PhcHash& settings,
                                  std::span<char> tag) const {
    const Argon2Input input{settings.variant, settings.options, password, settings.salt};
    switch (hooks_.derive(input, std::as_writable_bytes(tag))) {
        case Argon2Outcome::done:
            return {};
        case Argon2Outcome::out_of_memory:
            return Error(Errc::out_of_memory, "no memory for a password hash");
        case Argon2Outcome::refused:
            break;
    }
    return Error(Errc::internal, "the Argon2 library refuses its parameters");
}

Result<Text> Argon2Hasher::hash(std::string_view password) {
    auto text = prepared(password);
    if (!text)
        return Error(Errc::internal, "a password that cannot be hashed came to the hasher");
    const WipeOnExit wiped(*text);
    PhcHash made{Argon2Variant::argon2id, options_, random_bytes(kSaltBytes),
                 std::string(kTagBytes, '\0')};
    if (const auto derived = derive(*text, made, made.tag); derived.has_error())
        return derived.error();
    return *Text::from(format_phc(made));  // NOLINT(bugprone-unchecked-optional-access): ASCII
}

Result<PasswordVerdict> Argon2Hasher::verify(std::string_view password, std::string_view stored) {
    if (const auto fault = hash_fault(stored)) {
        if (!stored.empty() && hooks_.on_unreadable_hash)
            hooks_.on_unreadable_hash(*fault);
        return verify_argon2(password, nobody_);
    }
    if (const auto cost = bcrypt_cost(stored))
        return timed(hooks_.longest.get(),
                     [&] { return verify_bcrypt(password, std::string(stored), *cost); });
    if (const auto foreign = parse_foreign(stored))
        return timed(hooks_.longest.get(), [&] { return verify_foreign(password, *foreign); });
    const auto hash = parse_phc(stored);
    if (!hash)
        return Error(Errc::internal, "a stored hash was read and cannot be read again");
    const auto verify_it = [&] { return verify_argon2(password, *hash); };
    const bool costs_more = argon2_work_kib(hash->options) > argon2_work_kib(options_);
    return costs_more ? timed(hooks_.longest.get(), verify_it) : verify_it();
}

std::optional<std::string> Argon2Hasher::hash_fault(std::string_view stored) const {
    if (bcrypt_cost(stored))
        return std::nullopt;
    const auto phc = parse_phc(stored);
    const auto foreign = phc ? std::nullopt : parse_foreign(stored);
    if (foreign && foreign->scheme == ForeignScheme::firebase_scrypt &&
        hooks_.signer_key.size() != kFirebaseTagBytes)
        return "it is of Firebase, which nobody can verify without AUTH_FIREBASE_SIGNER_KEY";
    if (!phc && !foreign)
        return unreadable_reason(stored);
    const std::uint64_t memory_kib = phc ? phc->options.memory_kib : foreign->memory_kib();
    if (memory_kib > hooks_.memory_kib_max)
        return "it asks for " + std::to_string(memory_kib) +
               " KiB, and a stored hash may ask for " + std::to_string(hooks_.memory_kib_max) +
               " KiB here: 16 times AUTH_ARGON2_MEMORY_KIB (or 262144 KiB, if that is more), and "
               "half of the memory of the process at most";
    return std::nullopt;
}

std::chrono::milliseconds Argon2Hasher::longest_verification() const {
    return hooks_.longest ? hooks_.longest->value() : std::chrono::milliseconds(0);
}

Result<void> Argon2Hasher::verify_nobody(std::string_view password) {
    const auto verdict = verify_argon2(password, nobody_);
    if (verdict.has_error())
        return verdict.error();
    return {};
}

Result<PasswordVerdict> Argon2Hasher::verify_argon2(std::string_view password,
                                                    const PhcHash& stored) {
    const bool like_new_ones = made_like_new_ones(stored, options_);
    const Spellings spellings(password);
    // Ours are of NFC. Another service may have hashed another form, or these are old ones of ours.
    const std::size_t tries =
        like_new_ones
            ? 1
            : static_cast<std::size_t>(kArgon2WorkKibMax / argon2_work_kib(stored.options));
    bool same = false;
    for (const std::string_view text : spellings.first(tries)) {
        std::string tag(stored.tag.size(), '\0');
        const WipeOnExit tag_wiped(tag);
        if (const auto derived = derive(text, stored, tag); derived.has_error())
            return derived.error();
        same = same || equal_in_constant_time(tag, stored.tag);
        if (same)
            break;
    }
    // Work is added for a right password, too, because the caller may refuse it for an inactive
    // account, and that has to take as long.
    if (const auto spent = top_up(argon2_work_kib(stored.options)); spent.has_error())
        return spent.error();
    if (!same || !spellings.possible())
        return PasswordVerdict::wrong;
    return like_new_ones ? PasswordVerdict::matches : PasswordVerdict::matches_outdated;
}

Result<PasswordVerdict> Argon2Hasher::verify_foreign(std::string_view password,
                                                     const ForeignHash& stored) {
    const Spellings spellings(password);
    bool same = false;
    for (const std::string_view text : spellings.first(stored.tries_max())) {
        std::string tag(stored.tag.size(), '\0');
        const WipeOnExit wiped(tag);
        if (!hooks_.derive_foreign(stored, text, hooks_.signer_key, tag))
            return Error(Errc::out_of_memory, "no memory for a password hash");
        same = equal_in_constant_time(tag, stored.tag);
        if (same)
            break;
    }
    if (const auto spent = top_up(stored.like_argon2_kib()); spent.has_error())
        return spent.error();
    return same && spellings.possible() ? PasswordVerdict::matches_outdated
                                        : PasswordVerdict::wrong;
}

Result<PasswordVerdict> Argon2Hasher::verify_bcrypt(std::string_view password,
                                                    const std::string& stored, int cost) {
    const Spellings spellings(password);
    std::span<const std::string> tried(spellings.texts());
    tried = tried.first(std::min<std::size_t>(tried.size(), kBcryptRoundsMax >> cost));
    const BcryptMatch match = bcrypt_.match_any(tried, stored);
    const std::uint64_t spent_kib = kBcryptRoundKib << cost;
    if (const auto spent = top_up(spent_kib); spent.has_error())
        return spent.error();
    if (match == BcryptMatch::none)
        return PasswordVerdict::wrong;
    // What bcrypt never saw may be mistyped, and must not become a part of the password.
    return match == BcryptMatch::whole ? PasswordVerdict::matches_outdated
                                       : PasswordVerdict::matches;
}

Result<void> Argon2Hasher::top_up(std::uint64_t spent_kib) const {
    const std::uint64_t today_kib = argon2_work_kib(options_);
    if (spent_kib >= today_kib)
        return {};
    // The answer is known and only has to be delayed, so this needs no password. The missing work
    // is done in as few passes as today's memory allows.
    const std::uint64_t missing_kib = today_kib - spent_kib;
    const std::uint64_t passes = (missing_kib + options_.memory_kib - 1) / options_.memory_kib;
    const std::uint64_t memory_min = std::uint64_t{kArgon2MemoryKibPerLaneMin} * options_.lanes;
    PhcHash rest = nobody_;
    rest.options.iterations = static_cast<std::uint32_t>(passes);
    rest.options.memory_kib =
        static_cast<std::uint32_t>(std::max(missing_kib / passes, memory_min));
    std::array<char, kTagBytes> unused{};
    return derive("", rest, unused);
}

}  // namespace signet
