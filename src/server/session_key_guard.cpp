#include "server/session_key_guard.hpp"

#include "base/secret.hpp"
#include "keys/sealing.hpp"

#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace signet::server {
namespace {

struct Found {
    std::size_t looked_at = 0;
    std::size_t lost = 0;     // sealed with a key that is not here
    std::size_t damaged = 0;  // sealed with a key that is here, and cannot be opened all the same
    std::string reason;       // of the first that is lost, or else of the first that is damaged
    std::string kek_id;       // of the first that is lost
    std::string id;           // of the first that is damaged
};

// A key is here if it seals, or opens one of the sessions.
Found try_to_open(const std::vector<SealedSession>& sessions, const SessionSealer& keys) {
    Found found;
    std::set<std::string, std::less<>> here;
    std::vector<std::pair<const SealedSession*, std::string>> failed;
    for (const SealedSession& session : sessions) {
        const std::string_view kek_id = keys::kek_id_of(session.sealed_key);
        if (kek_id.empty()) {
            continue;  // no key would open what is no sealed text
        }
        ++found.looked_at;
        auto key = keys.open(session.sealed_key, session.id);
        if (key) {
            wipe(*key);
        } else {
            failed.emplace_back(&session, key.error().log_detail);
        }
        if (key || keys.current(session.sealed_key)) {
            here.emplace(kek_id);
        }
    }
    std::string why_damaged;
    for (const auto& [session, reason] : failed) {
        const std::string_view kek_id = keys::kek_id_of(session->sealed_key);
        if (!here.contains(kek_id) && found.lost++ == 0) {
            found.reason = reason;
            found.kek_id = kek_id;
        } else if (here.contains(kek_id) && found.damaged++ == 0) {
            why_damaged = reason;
            found.id = session->id.str();
        }
    }
    if (found.lost == 0) {
        found.reason = why_damaged;
    }
    return found;
}

std::string describe(const Found& found, const std::string& cure) {
    const std::string part = std::to_string(found.lost + found.damaged) + " of " +
                             std::to_string(found.looked_at) +
                             " sessions that were looked at cannot be opened: " + found.reason;
    if (found.lost == 0) {
        return part +
               ". Their users sign in again. Such a session is ended by "
               "delete from signet.session where id = '" +
               found.id + "'";
    }
    return part + ". " + cure +
           " If that key is lost, so are these sessions: end them, and their users sign in again, "
           "by delete from signet.session where split_part(sealed_key, '.', 2) = '" +
           found.kek_id + "'";
}

}  // namespace

SessionKeyGuard::SessionKeyGuard(std::unique_ptr<const SessionSealer> keys, std::string cure,
                                 const Log& log)
    : keys_(std::move(keys)), cure_(std::move(cure)), log_(log) {}

Result<void> SessionKeyGuard::may_seal() const {
    const std::string reason = problem();
    if (reason == kStarting) {
        return Error{Errc::store_unavailable,
                     "no session is opened before those in the database were looked at"};
    }
    if (!reason.empty()) {
        return Error{Errc::session_key_unavailable, "no session is opened: " + reason};
    }
    return {};
}

Result<Text> SessionKeyGuard::seal(std::string_view key, const SessionId& id) const {
    const auto may = may_seal();
    return may ? keys_->seal(key, id) : may.error();
}

Result<Text> SessionKeyGuard::seal_message(const MessageValues& values, const Uuid& id) const {
    const auto may = may_seal();
    return may ? keys_->seal_message(values, id) : may.error();
}

Result<MessageValues> SessionKeyGuard::open_message(std::string_view sealed, const Uuid& id) const {
    return keys_->open_message(sealed, id);
}

Result<std::string> SessionKeyGuard::open(std::string_view sealed, const SessionId& id) const {
    return keys_->open(sealed, id);
}

bool SessionKeyGuard::current(std::string_view sealed) const {
    return keys_->current(sealed);
}

std::string SessionKeyGuard::pseudonym(std::string_view text) const {
    return keys_->pseudonym(text);
}

std::string SessionKeyGuard::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

void SessionKeyGuard::look(SessionMaintenance& sessions) {
    const auto sample = sessions.list_sealed(std::nullopt, kSessionSample);
    if (!sample) {
        return;  // the database is watched elsewhere
    }
    const Found found = try_to_open(*sample, *keys_);
    if (found.lost + found.damaged == 0) {
        note("", false, "");
        return;
    }
    const std::string detail = describe(found, cure_);
    const bool blind = found.lost > 0 && 2 * found.lost >= found.looked_at;
    // Anybody may ask /readyz, so it names no session and no key. The log does.
    note(blind ? std::string(to_string(Errc::session_key_unavailable)) + ": " + cure_ +
                     " The log says which key, and what to do if it is lost."
               : std::string(),
         !blind, detail);
}

// Logs only changes, and not each time that a number in the sentence does.
void SessionKeyGuard::note(std::string problem, bool some_lost, const std::string& detail) {
    bool fell_blind = false;
    bool sees_again = false;
    bool warn = false;
    {
        const std::lock_guard lock(mutex_);
        const std::string code(to_string(Errc::session_key_unavailable));
        const bool was_blind = problem_.starts_with(code);
        fell_blind = !problem.empty() && !was_blind;
        sees_again = problem.empty() && was_blind;
        warn = !std::exchange(warned_, some_lost) && some_lost;
        problem_ = std::move(problem);
    }
    if (fell_blind) {
        log_.write(LogLevel::error, "session-keys-unusable", {{"reason", detail}});
    } else if (sees_again) {
        log_.write(LogLevel::info, "session-keys-usable");
    }
    if (warn) {
        log_.write(LogLevel::warn, "sessions-unreadable", {{"reason", detail}});
    }
}

}  // namespace signet::server
