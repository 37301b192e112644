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
    std::optional<Grant> grant;
    draft.session.accept = [&](const Account& now) {
        return make_grant(grant, now, draft.session.id,
                          {policy.roles, {ports.signer, ports.random, policy.tokens, now_s}});
    };
    const Result<Account> account = ports.accounts.create(
        {*id, std::move(username), std::move(email), std::move(*hash), std::move(role)},
        draft.session);
    if (!account) {
        return account.error();
    }
    if (!account->active || !grant) {
        (void)ports.sessions.end(*id, draft.session.id);  // else it ends by itself, unused
        return Error{Errc::invalid_credentials, "the database made the new account inactive"};
    }
    return to_signed_in(std::move(*grant), draft.session.id, policy,
                        std::move(draft.refresh_token));
}

}  // namespace signet
