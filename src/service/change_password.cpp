#include <signet/service/sessions.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet {
namespace {

std::vector<std::string> own_words(const Account& account) {
    std::vector<std::string> words;
    for (const auto& word : {account.username, account.email}) {
        if (word) {
            words.push_back(*word);
        }
    }
    return words;
}

}  // namespace

Result<void> change_password(const Caller& caller, const PasswordInput& input,
                             const PasswordPorts& ports) {
    const Account& account = caller.account;
    if (auto weakness = ports.judge.judge("/newPassword", input.new_password, own_words(account))) {
        Error refusal{Errc::invalid_input};
        refusal.fields.push_back(std::move(*weakness));
        return refusal;
    }
    const Result<PasswordVerdict> verdict =
        ports.hasher.verify(input.current_password, account.password_hash);
    if (!verdict) {
        return verdict.error();
    }
    std::optional<Text> proven = Text::from(account.password_hash);
    if (*verdict == PasswordVerdict::wrong || !proven) {
        return Error{Errc::invalid_credentials, "wrong current password of " + account.id.str()};
    }
    Result<Text> hash = ports.hasher.hash(input.new_password);
    if (!hash) {
        return hash.error();
    }
    const Result<bool> changed = ports.sessions.change_password(
        account.id, {std::move(*proven), std::move(*hash)}, caller.session);
    if (!changed) {
        return changed.error();
    }
    return *changed ? Result<void>()
                    : Result<void>(Error{Errc::invalid_credentials,
                                         "the account changed meanwhile: " + account.id.str()});
}

}  // namespace signet
