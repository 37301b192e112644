#include "keys/key_words.hpp"

#include "keys/stored_edit.hpp"

#include <utility>

namespace signet::keys {
namespace {

constexpr std::string_view kActor = "signet keys";

}  // namespace

Error refused(std::string sentence) {
    return {Errc::invalid_input, std::move(sentence)};
}

Error refused(RotationFault fault) {
    return refused(std::string(explain(fault)));
}

KeyAudit operator_audit(std::string_view action, std::string_view kid, std::string detail) {
    return {std::string(kActor), std::string(action), std::string(kid), std::move(detail)};
}

}  // namespace signet::keys
