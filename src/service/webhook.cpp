#include "base/system.hpp"

#include <signet/service/webhook.hpp>

#include <utility>

namespace signet {
namespace {

Error not_now(const UserNow& user, std::string_view why) {
    return {Errc::invalid_token, std::string(why) + ": " + user.id.str()};
}

// Returns why a token of this user has to be refused, or nothing if the user may come in.
std::optional<Error> find_objection(const UserNow& user) {
    switch (user.status) {
        case UserNow::Status::good:
            return std::nullopt;
        case UserNow::Status::gone:
            return not_now(user, "the user is gone");
        case UserNow::Status::inactive:
            return not_now(user, "the user is inactive");
        case UserNow::Status::without_role:
            break;
    }
    return not_now(user, "the user has no role any more");
}

Result<WebhookAnswer> admit(const OpenQuestion& question, std::shared_ptr<const UserNow> user,
                            std::int64_t now_s) {
    WebhookAnswer answer{user->roles.default_role, nullptr, 0, question.token.session};
    const std::optional<std::string>& wanted = question.requested_role;
    if (wanted && !wanted->empty()) {
        if (!user->roles.contains(*wanted)) {
            return Error{Errc::role_not_allowed, "asked by " + user->id.str()};
        }
        answer.role = *wanted;
    }
    answer.user = std::move(user);
    // The verifier refuses a token in its last second, so this is at least 1.
    answer.max_age_s = question.token.expires_at_s - now_s;
    return answer;
}

enum class SessionNow : std::uint8_t { lives, over, unknown };

SessionNow look_up(const UserNow& user, const Uuid& session, std::int64_t now_s) {
    if (user.has_ended(session)) {
        return SessionNow::over;
    }
    // A session that has expired by what was read then may have been used since, and live longer.
    const LiveSession* found = user.find_session(session);
    return found != nullptr && now_s < found->until_s ? SessionNow::lives : SessionNow::unknown;
}

using Step = std::variant<WebhookAnswer, Error, OpenQuestion>;

Step as_step(Result<WebhookAnswer> result) {
    if (result) {
        return std::move(*result);
    }
    return result.error();
}

// Returns nothing if what is known about the user is not enough for a decision.
std::optional<Step> decide(const OpenQuestion& question, const std::shared_ptr<const UserNow>& user,
                           std::int64_t now_s) {
    if (auto objection = find_objection(*user)) {
        return Step(*std::move(objection));
    }
    switch (look_up(*user, question.token.session, now_s)) {
        case SessionNow::lives:
            return as_step(admit(question, user, now_s));
        case SessionNow::over:
            return Step(not_now(*user, "the session is over"));
        case SessionNow::unknown:
            break;
    }
    return std::nullopt;
}

Step look_in_memory(OpenQuestion question, LiveUsers& users, std::int64_t now_s) {
    const CacheState state = users.state();
    const LiveUsers::Known known =
        state.confirmed ? users.find(question.token.user) : LiveUsers::Known{};
    if (known.user && (!known.aged || state.away)) {
        if (auto decided = decide(question, known.user, now_s)) {
            return *std::move(decided);
        }
    }
    if (state.confirmed && !state.away && known.failure) {
        return *known.failure;
    }
    if (state.away) {
        return Error{Errc::store_unavailable,
                     known.user ? "a session that is not known, while the database is away"
                     : state.confirmed
                         ? "a user who is not known, while the database is away"
                         : "the database has been away for too long to answer from memory"};
    }
    return question;
}

// Makes the error store_unavailable, because Hasura is told that the answer is not known, whatever
// the reason. The log keeps the detail.
Error unknowable(Error error) {
    if (error.errc == Errc::store_failed || error.errc == Errc::internal) {
        error.errc = Errc::store_unavailable;
    }
    return error;
}

// Returns the answer that is still possible if the read failed because the database has just become
// unavailable, or the error.
Result<WebhookAnswer> fall_back(const OpenQuestion& question, LiveUsers& users, Error error,
                                std::int64_t now_s) {
    error = unknowable(std::move(error));
    const CacheState state = users.state();
    if (error.errc != Errc::store_unavailable || !state.confirmed) {
        return error;
    }
    const LiveUsers::Known known = users.find(question.token.user);
    if (!known.user || (known.aged && !state.away) || find_objection(*known.user) ||
        look_up(*known.user, question.token.session, now_s) != SessionNow::lives) {
        return error;
    }
    return admit(question, known.user, now_s);
}

}  // namespace

std::variant<WebhookAnswer, Error, OpenQuestion> answer_from_memory(const WebhookQuestion& question,
                                                                    const WebhookMemory& memory,
                                                                    const RolePolicy& policy,
                                                                    std::int64_t now_s) {
    const Credentials& credentials = question.credentials;
    if (credentials.kind == Credentials::Kind::none) {
        if (policy.anonymous_role.empty()) {
            return Error{Errc::missing_token};
        }
        // Like Hasura's own anonymous role, this one does not follow X-Hasura-Role
        // (docs/reference/hasura.md).
        return WebhookAnswer{policy.anonymous_role, nullptr, 0, {}};
    }
    if (credentials.kind == Credentials::Kind::malformed) {
        return Error{Errc::invalid_token, "Authorization is not one Bearer token"};
    }
    Result<TokenFacts> facts = memory.tokens.check(credentials.token, now_s);
    if (!facts) {
        return facts.error();
    }
    return look_in_memory({*facts, question.requested_role}, memory.users, now_s);
}

Result<WebhookAnswer> answer_from_store(const OpenQuestion& question, const WebhookPorts& ports,
                                        const RolePolicy& policy, std::int64_t now_s) {
    // If several requests for one user came at once, the first one has read for the others.
    Step again = look_in_memory(question, ports.users, now_s);
    if (auto* answer = std::get_if<WebhookAnswer>(&again)) {
        return std::move(*answer);
    }
    if (auto* error = std::get_if<Error>(&again)) {
        return std::move(*error);
    }
    const LiveUsers::Known before = ports.users.find(question.token.user);
    const LiveUsers::Ticket ticket = ports.users.begin_load(question.token.user);
    Result<UserReading> reading = ports.reader.read(UserId(question.token.user));
    if (!reading) {
        ports.users.fail_load(ticket, unknowable(reading.error()));
        return fall_back(question, ports.users, reading.error(), now_s);
    }
    Result<UserNow> fresh = make_user_now(question.token.user, *reading, policy);
    if (!fresh) {
        ports.users.fail_load(ticket, fresh.error());
        return fresh.error();
    }
    if (before.user) {
        fresh->ended = before.user->ended;
        std::erase_if(fresh->ended,
                      [&](const Uuid& over) { return fresh->find_session(over) != nullptr; });
    }
    // What was read just now decides about the session, whatever the clock of this machine says.
    const bool over = fresh->find_session(question.token.session) == nullptr;
    if (over) {
        fresh->note_ended(question.token.session);
    }
    const auto user = std::make_shared<const UserNow>(std::move(*fresh));
    ports.users.finish_load(ticket, user);
    if (auto objection = find_objection(*user)) {
        return *std::move(objection);
    }
    return over ? Result<WebhookAnswer>(not_now(*user, "the session is over"))
                : admit(question, user, now_s);
}

Result<UserNow> make_user_now(const Uuid& id, const UserReading& reading,
                              const RolePolicy& policy) {
    UserNow user;
    user.id = id;
    user.loaded_at = now_since_boot();
    if (!reading.account) {
        return user;
    }
    if (!reading.account->active) {
        user.status = UserNow::Status::inactive;
        return user;
    }
    Result<RoleSet> roles = effective_roles(*reading.account, policy);
    if (!roles) {
        user.status = UserNow::Status::without_role;
        return user;
    }
    const Result<CustomClaims> claims = known_claims(*reading.account);
    if (!claims) {
        return claims.error();
    }
    user.status = UserNow::Status::good;
    user.roles = std::move(*roles);
    user.custom = to_map(*claims);
    user.sessions = reading.sessions;
    return user;
}

}  // namespace signet
