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

// What Hasura asks of a webhook.
struct WebhookQuestion {
    Credentials credentials;
    std::optional<std::string> requested_role;  // the client's X-Hasura-Role
};

struct WebhookAnswer {
    std::string role;
    std::shared_ptr<const UserNow> user;  // null for the anonymous role
    std::int64_t max_age_s = 0;           // at least 1 with a user; 0 for the anonymous role
};

// A question whose token is good, but whose user is not known well enough to answer from memory.
struct OpenQuestion {
    TokenFacts token;
    std::optional<std::string> requested_role;
};

// What the first step works with. Both are everybody's.
struct WebhookMemory {
    TokenMemory& tokens;
    LiveUsers& users;
};

// The first step: takes microseconds and asks nobody. No credentials: the anonymous role, or
// missing_token where there is none. Bad credentials, a session that is over, and a user who is
// gone, inactive or without any role are invalid_token. A role that the user has not got is
// role_not_allowed. store_unavailable when nothing recent enough is known and the database is away.
std::variant<WebhookAnswer, Error, OpenQuestion> answer_from_memory(const WebhookQuestion& question,
                                                                    const WebhookMemory& memory,
                                                                    const RolePolicy& policy,
                                                                    std::int64_t now_s);

// What the second step works with; the reader is one lane thread's.
struct WebhookPorts {
    LiveUsers& users;
    UserReader& reader;
};

// The second step: reads who the user is now, and remembers it. The errors of the first step, of
// the reader, and claims_failed. Where the database cannot be reached, and only the age of the
// custom claims made the question open, the answer is as it would have been before.
Result<WebhookAnswer> answer_from_store(const OpenQuestion& question, const WebhookPorts& ports,
                                        const RolePolicy& policy, std::int64_t now_s);

// What a reading makes of a user. The error is claims_failed.
Result<UserNow> make_user_now(const Uuid& id, const UserReading& reading, const RolePolicy& policy);

}  // namespace signet
