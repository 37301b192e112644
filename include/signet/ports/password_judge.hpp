#pragma once

#include <signet/domain/error.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

// Whether a new password is good enough. Thread-safe.
class PasswordJudge {
public:
    virtual ~PasswordJudge() = default;

    // Nothing when `password` may be used. Else why not, with the codes password-too-short,
    // password-too-long, password-weak, control-character. `own_words` are the user's name and
    // e-mail address: a password made of them is weak.
    virtual std::optional<FieldError> judge(std::string_view pointer, std::string_view password,
                                            std::span<const std::string> own_words) const = 0;
};

}  // namespace signet
