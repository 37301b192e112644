#include <signet/domain/signing_key.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace signet {
namespace {

constexpr std::array<std::pair<KeyState, std::string_view>, 4> kStateNames{
    {{KeyState::active, "active"},
     {KeyState::next, "next"},
     {KeyState::retired, "retired"},
     {KeyState::revoked, "revoked"}}};

}  // namespace

std::string_view to_string(KeyState state) {
    const auto* found =
        std::ranges::find(kStateNames, state, [](const auto& row) { return row.first; });
    return found == kStateNames.end() ? "unknown" : found->second;
}

std::optional<KeyState> read_key_state(std::string_view name) {
    const auto* found =
        std::ranges::find(kStateNames, name, [](const auto& row) { return row.second; });
    return found == kStateNames.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace signet
