#include "service/new_account.hpp"

#include <utility>

namespace signet {
namespace {

// Returns the name if there is one and it follows `rule`. Otherwise what is wrong with it goes to
// `problems`.
std::optional<Text> check_name(const std::optional<std::string>& typed,
                               Result<Text> (*rule)(std::string_view),
                               std::vector<FieldError>& problems) {
    if (!typed) {
        return std::nullopt;
    }
    Result<Text> name = rule(trim_white_space(*typed));
    if (name) {
        return std::move(*name);
    }
    const std::vector<FieldError>& fields = name.error().fields;
    problems.insert(problems.end(), fields.begin(), fields.end());
    return std::nullopt;
}

}  // namespace

NewNames check_new_names(const std::optional<std::string>& username,
                         const std::optional<std::string>& email, std::string required,
                         std::vector<FieldError>& problems) {
    NewNames names{check_name(username, &new_username, problems),
                   check_name(email, &new_email, problems)};
    if (!username && !email) {
        problems.push_back({"/username", "required", std::move(required)});
    }
    return names;
}

Result<void> check_domain(const Text& email, std::string_view pointer, const SignupPolicy& policy) {
    if (takes_domain_of(email.view(), policy)) {
        return {};
    }
    return Error::field(std::string(pointer), "domain-not-allowed",
                        "Addresses of this domain are not taken here. Send another one.");
}

Result<NewNames> check_signup(const SignupInput& input, const PasswordJudge& judge,
                              const SignInPolicy& policy) {
    const SignupPolicy& signups = policy.signups;
    if (signups.mode != SignupMode::on) {
        return Errc::signup_closed;
    }
    Error refusal{Errc::invalid_input};
    NewNames names = check_new_names(input.username, input.email,
                                     "Send a username or an e-mail address.", refusal.fields);
    const bool verified = policy.mail.verification == EmailVerification::required;
    if (!input.email && (verified || !signups.domains.empty())) {
        refusal.fields = {{"/email", "required",
                           verified ? "Send an e-mail address: it is to be verified."
                                    : "Send an e-mail address of a domain that is taken here."}};
    }
    if (names.email) {
        if (const auto fits = check_domain(*names.email, "/email", signups); !fits) {
            refusal.fields.push_back(fits.error().fields.front());
        }
    }
    if (auto weakness =
            judge.judge("/password", input.password, own_words(input.username, input.email))) {
        refusal.fields.push_back(std::move(*weakness));
    }
    return refusal.fields.empty() ? Result<NewNames>(std::move(names)) : refusal;
}

Result<Text> first_role(const RolePolicy& policy) {
    std::optional<Text> role = Text::from(policy.default_role);
    if (!role || role->str().empty()) {
        return Error{Errc::no_role, "AUTH_DEFAULT_ROLE is empty: nobody who signs up gets a role"};
    }
    return std::move(*role);
}

std::vector<std::string> own_words(const std::optional<std::string>& username,
                                   const std::optional<std::string>& email) {
    std::vector<std::string> words;
    for (const auto& word : {username, email}) {
        if (word) {
            words.push_back(*word);
        }
    }
    return words;
}

Result<void> check_password(const PasswordJudge& judge, std::string_view pointer,
                            const std::string& password, const std::vector<std::string>& names) {
    if (auto objection = judge.judge(pointer, password, names)) {
        Error refusal{Errc::invalid_input};
        refusal.fields.push_back(*std::move(objection));
        return refusal;
    }
    return {};
}

}  // namespace signet
