#include <signet/domain/live_user.hpp>

#include <algorithm>

namespace signet {
namespace {

// The memory that the allocator and a tree node take in addition to the text itself, in bytes.
constexpr std::size_t kHeapOverhead = 16;
constexpr std::size_t kNodeOverhead = 48;

std::size_t heap_bytes(const std::string& text) {
    const std::string empty;
    return text.capacity() > empty.capacity() ? text.capacity() + kHeapOverhead : 0;
}

std::size_t heap_bytes(const std::vector<std::string>& texts) {
    std::size_t sum = texts.capacity() * sizeof(std::string) + kHeapOverhead;
    for (const std::string& text : texts) {
        sum += heap_bytes(text);
    }
    return sum;
}

}  // namespace

const LiveSession* UserNow::find_session(const Uuid& session) const {
    const auto found = std::ranges::find(sessions, session, &LiveSession::id);
    return found == sessions.end() ? nullptr : &*found;
}

bool UserNow::has_ended(const Uuid& session) const {
    return std::ranges::find(ended, session) != ended.end();
}

void UserNow::note_ended(const Uuid& session) {
    if (has_ended(session)) {
        return;
    }
    if (ended.size() >= kEndedSessionsMax) {
        ended.erase(ended.begin());
    }
    ended.push_back(session);
}

std::size_t UserNow::bytes() const {
    std::size_t sum = sizeof(UserNow) + kHeapOverhead;
    sum += heap_bytes(roles.names) + heap_bytes(roles.refused) + heap_bytes(roles.default_role);
    for (const auto& [name, value] : custom) {
        sum += kNodeOverhead + 2 * sizeof(std::string) + heap_bytes(name) + heap_bytes(value);
    }
    sum += sessions.capacity() * sizeof(LiveSession) + ended.capacity() * sizeof(Uuid);
    return sum + 2 * kHeapOverhead;
}

}  // namespace signet
