#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

// The events that are posted to AUTH_EVENTS_URL: what Signet did, in words that do not change.
namespace signet {

// What stands in `data` of an event, besides `id` of the user.
struct EventMember {
    std::string_view name;
    bool is_list = false;  // of texts, which come with kListSeparator between; else a text or null
};

struct EventKind {
    std::string_view name;
    std::span<const EventMember> members = {};
};

// A control character, which no role has in its name.
inline constexpr char kListSeparator = '\x1F';

namespace event_members {
inline constexpr std::array<EventMember, 4> kAccount{
    {{"username"}, {"email"}, {"roles", true}, {"by"}}};
inline constexpr std::array<EventMember, 1> kUsername{{{"username"}}};
inline constexpr std::array<EventMember, 1> kEmail{{{"email"}}};
inline constexpr std::array<EventMember, 1> kSession{{{"session"}}};
inline constexpr std::array<EventMember, 3> kRoles{
    {{"roles", true}, {"granted", true}, {"revoked", true}}};
}  // namespace event_members

// Who made a new user, in the member `by`.
inline constexpr const char* kBySignup = "signup";
inline constexpr const char* kByOperator = "operator";
inline constexpr const char* kByInvitation = "invitation";

// Every event. docs/events.md says when each is sent; a unit test compares the page with the table.
inline constexpr std::array<EventKind, 10> kEvents{{
    {"user.created", event_members::kAccount},
    {"user.renamed", event_members::kUsername},
    {"user.email-verified", event_members::kEmail},
    {"user.email-changed", event_members::kEmail},
    {"user.disabled"},
    {"user.enabled"},
    {"user.deleted"},
    {"password.changed"},
    {"roles.changed", event_members::kRoles},
    {"session.reuse", event_members::kSession},
}};

// Returns what is known of the event, or null for a name that none has.
constexpr const EventKind* find_event(std::string_view name) {
    const auto* const found = std::ranges::find(kEvents, name, &EventKind::name);
    return found == kEvents.end() ? nullptr : found;
}

}  // namespace signet
