#pragma once

#include <signet/domain/text.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The audit: who did what to whom, in rows that are only ever added and go once they are old. No
// row holds a password, a token, a name that somebody typed to log in, or a whole address.
namespace signet {

// Where a request came from: what the audit keeps of it, and the language of its sender.
struct Origin {
    std::optional<Text> network = {};  // the prefix of the client's address, as in SessionClient
    std::optional<Text> request = {};  // the id of the request, which is in the log as well
    std::string language = {};         // Accept-Language; of the mails that the request causes
};

// What the audit calls a change of a user's own sessions, and where it came from.
struct AuditNote {
    std::string_view action;
    Origin origin = {};
};

// A row of the audit.
struct AuditEntry {
    std::int64_t id = 0;  // grows from row to row
    std::int64_t at_s = 0;
    // Who did it: kUserActor, kClientActor, "cli:" and a user of the operating system, or the part
    // of Signet that acted by itself.
    std::string actor;
    std::string action;
    std::string subject;  // the id of a user, a kid or a role; empty if nobody is known
    std::optional<std::string> network = {};
    std::optional<std::string> request = {};
    std::string detail = {};
    std::optional<std::string> db_role = {};  // who was signed in to PostgreSQL
};

inline constexpr std::string_view kUserActor = "user";      // the subject, who proved to be it
inline constexpr std::string_view kClientActor = "client";  // somebody who proved nothing

// Every action, by who does it. docs/operations.md says what each means.
inline constexpr std::array<std::string_view, 40> kAuditActions{
    // Of users.
    "signup", "login", "logout", "logout-everywhere", "session-ended", "password-changed",
    "account-changed", "account-deleted", "email-verified",
    // Of clients that were refused.
    "login-refused", "login-throttled", "password-refused", "password-throttled", "session-reuse",
    // Of operators.
    "user-created", "user-invited", "users-imported", "user-renamed", "email-set", "user-disabled",
    "user-enabled", "user-unlocked", "password-set", "sessions-ended", "user-deleted",
    "role-granted", "role-revoked", "role-created", "role-deleted", "sessions-rewrapped",
    "outbox-rewrapped", "outbox-retried",
    // Of operators and of the rotation, to signing keys.
    "stage", "promote", "retire", "revoke", "import", "rewrap", "raise", "remove"};

inline bool is_audit_action(std::string_view action) {
    return std::ranges::find(kAuditActions, action) != kAuditActions.end();
}

// How long rows are kept at least, whatever AUTH_AUDIT_KEEP says: whoever comes in cannot remove
// traces of the same day. sql/migrations/0009_audit.sql holds to the same.
inline constexpr std::int64_t kAuditKeepMinS = 86400;

}  // namespace signet
