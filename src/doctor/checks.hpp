#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::doctor {

enum class Severity : std::uint8_t {
    error,    // something does not work, or is open to others
    warning,  // something may not work, or works by chance
    note,
};
std::string_view to_string(Severity severity);

// One thing that `signet doctor` looks for. Codes are stable.
struct Check {
    std::string_view code;
    Severity severity;
    std::string_view meaning;  // what is wrong, for the documentation
    std::string_view cure;     // what to do
};

std::span<const Check> checks();

// What was found, for operators. Holds no secret.
struct Finding {
    std::string_view code;
    Severity severity;
    std::string subject;  // what it is about: a setting, a role, a table, a URL
    std::string problem;
    std::string cure;
};

// Collects findings of the table.
class Findings {
public:
    // `code` has to be in the table; otherwise std::logic_error is thrown. An empty `cure` is that
    // of the table.
    void add(std::string_view code, std::string subject, std::string problem,
             std::string cure = {});
    // Returns them, errors first and otherwise in the order in which they were added.
    std::vector<Finding> sorted() const;

private:
    std::vector<Finding> found_;
};

// How much is shown of what somebody else wrote.
inline constexpr std::size_t kShownBytesMax = 300;

// Returns what somebody else wrote, in quotes and printable, at most kShownBytesMax of it.
std::string quoted(std::string_view text);

// Returns the table of docs/hasura/doctor.md.
std::string checks_markdown();

}  // namespace signet::doctor
