#pragma once

#include <signet/domain/live_user.hpp>
#include <signet/domain/role.hpp>
#include <signet/ports/tokens.hpp>
#include <signet/ports/users.hpp>
#include <signet/result.hpp>
#include <signet/service/authorize.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace signet {

// What Hasura asks the webhook.
struct WebhookQuestion {
    Credentials credentials;
    std::optional<std::string> requested_role;  // the client's X-Hasura-Role
};

struct WebhookAnswer {
    std::string role;
    std::shared_ptr<const UserNow> user;  // null for the anonymous role
    std::int64_t max_age_s = 0;           // at least 1 with a user; 0 for the anonymous role
    Uuid session{};                       // with a user: the one that the token belongs to
};

// A question with a valid token that cannot be answered from memory, because too little is known
// about the user.
struct OpenQuestion {
    TokenFacts token;
    std::optional<std::string> requested_role;
};

// What the first step works with. Both members are shared by all threads.
struct WebhookMemory {
    TokenMemory& tokens;
    LiveUsers& users;
};

// The first step: answers from memory, in microseconds. Without credentials the answer is the
// anonymous role, or missing_token if none is configured. The error is invalid_token for bad
// credentials, for a session that has ended, and for a user who is gone, inactive or without any
// role; role_not_allowed for a role that the user does not have; and store_unavailable if nothing
// recent enough is known and the database is away.
std::variant<WebhookAnswer, Error, OpenQuestion> answer_from_memory(const WebhookQuestion& question,
                                                                    const WebhookMemory& memory,
                                                                    const RolePolicy& policy,
                                                                    std::int64_t now_s);

// What the second step works with. The reader belongs to one lane thread.
struct WebhookPorts {
    LiveUsers& users;
    UserReader& reader;
};

// The second step: reads the current state of the user, caches it and answers. Errors: those of the
// first step and of the reader, and claims_failed. If the database cannot be reached, and the first
// step failed only because the custom claims were too old, the answer uses the old claims.
Result<WebhookAnswer> answer_from_store(const OpenQuestion& question, const WebhookPorts& ports,
                                        const RolePolicy& policy, std::int64_t now_s);

// Turns what was read about a user into what the cache keeps. The error is claims_failed.
Result<UserNow> make_user_now(const Uuid& id, const UserReading& reading, const RolePolicy& policy);

}  // namespace signet
