#pragma once

#include <signet/ports/passwords.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

// Judges by length, by the words of the user and of the service, and by how many guesses the
// zxcvbn library thinks a password withstands. The library's dictionary is compiled in and never
// written to, so one judge serves all threads.
class ZxcvbnJudge final : public PasswordJudge {
public:
    // `code_points_min`: 1 to kPasswordCodePointsMax.
    explicit ZxcvbnJudge(std::size_t code_points_min) : code_points_min_(code_points_min) {}

    // Length is counted in NFC, as it is hashed. Costs at most some milliseconds.
    std::optional<FieldError> judge(std::string_view pointer, std::string_view password,
                                    std::span<const std::string> own_words) const override;

private:
    std::size_t code_points_min_;
};

}  // namespace signet
