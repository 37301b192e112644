#include "base/system.hpp"
#include "service/draft_session.hpp"
#include "service/issue.hpp"

#include <signet/service/sign_in.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace signet {
namespace {

// The typed name by `rule`, or nothing; what is wrong with it goes to `problems`.
std::optional<Text> check(const std::optional<std::string>& typed,
                          Result<Text> (*rule)(std::string_view),
                          std::vector<FieldError>& problems) {
    if (!typed) {
        return std::nullopt;
    }
    Result<Text> name = rule(*typed);
    if (name) {
        return std::move(*name);
    }
    const std::vector<FieldError>& fields = name.error().fields;
    problems.insert(problems.end(), fields.begin(), fields.end());
    return std::nullopt;
}

std::vector<std::string> own_words(const SignupInput& input) {
    std::vector<std::string> words;
    if (input.username) {
        words.push_back(*input.username);
    }
    if (input.email) {
        words.push_back(*input.email);
    }
    return words;
}

}  // namespace

Result<SignedIn> signup(const SignupInput& input, const SignInPorts& ports,
                        const SignInPolicy& policy, std::int64_t now_s) {
    Error refusal{Errc::invalid_input};
    std::optional<Text> username = check(input.username, &new_username, refusal.fields);
    std::optional<Text> email = check(input.email, &new_email, refusal.fields);
    if (!input.username && !input.email) {
        refusal.fields.push_back(
            {"/username", "required", "Send a username or an e-mail address."});
    }
    if (auto weakness = ports.judge.judge("/password", input.password, own_words(input))) {
        refusal.fields.push_back(std::move(*weakness));
    }
    if (!refusal.fields.empty()) {
        return refusal;
    }
    std::optional<Text> role = Text::from(policy.roles.default_role);
    if (!role || role->str().empty()) {
        return Error{Errc::no_role, "AUTH_DEFAULT_ROLE is empty: nobody who signs up gets a role"};
    }

    Result<Text> hash = ports.hasher.hash(input.password);
    if (!hash) {
        return hash.error();
    }
    const std::optional<UserId> id = UserId::parse(random_uuid(ports.random));
    if (!id) {
        return Error{Errc::internal, "a generated id is no UUID"};
    }
    DraftSession draft = draft_session(input.client, ports, policy.sessions);
    const Issuer issuer{ports.signer, ports.random, policy.tokens, now_s};
    // What it will be, unless a trigger of the database adds to it.
    Account wanted{.id = *id,
                   .username = input.username,
                   .email = input.email,
                   .password_hash = {},
                   .active = true,
                   .default_role = {},
                   .roles = {role->str()},
                   .created_at_s = 0,
                   .last_login_at_s = {}};
    Result<RoleSet> expected = effective_roles(wanted, policy.roles);
    if (!expected) {
        return expected.error();
    }
    Result<std::string> token = Errc::internal;
    draft.session.accept = [&](const std::optional<std::string>& claims) -> Result<void> {
        wanted.claims = claims;
        token = issue_token(wanted, *expected, draft.session.id, issuer);
        return token ? Result<void>() : Result<void>(token.error());
    };
    Result<Account> account = ports.accounts.create(
        {*id, std::move(username), std::move(email), std::move(*hash), std::move(role)},
        draft.session);
    if (!account) {
        return account.error();
    }
    Result<RoleSet> roles = effective_roles(*account, policy.roles);
    if (!roles) {
        return roles.error();
    }
    if (roles->names != expected->names || roles->default_role != expected->default_role) {
        token = issue_token(*account, *roles, draft.session.id, issuer);
    }
    if (!token) {
        return token.error();
    }
    return SignedIn{std::move(*account), std::move(*roles),   draft.session.id,
                    std::move(*token),   policy.tokens.ttl_s, std::move(draft.refresh_token)};
}

}  // namespace signet
