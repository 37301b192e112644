#include "store/newest_server.hpp"

namespace signet::store {

std::optional<std::string> NewestServer::object_to(const ServerIdentity& server) {
    const std::lock_guard lock(mutex_);
    if (newest_.system.empty()) {
        newest_ = server;
        return std::nullopt;
    }
    if (server.system != newest_.system) {
        return "a server of DATABASE_URL belongs to another cluster (system identifier " +
               server.system + ") than the one that was used before (" + newest_.system +
               "), so it is not used: if it is to be, restart Signet";
    }
    if (server.timeline < newest_.timeline) {
        return "a server of DATABASE_URL is a primary that was replaced: it is on timeline " +
               std::to_string(server.timeline) + ", and another one on " +
               std::to_string(newest_.timeline) +
               ", so it is not used: stop it, and make it a standby of the new primary; if it is "
               "the one to keep, because the other is gone for good, restart Signet";
    }
    newest_.timeline = server.timeline;
    return std::nullopt;
}

bool NewestServer::replaces(const ServerTag& tag) const {
    if (tag.departures != departures_) {
        return true;
    }
    const std::lock_guard lock(mutex_);
    return tag.timeline != 0 && tag.timeline < newest_.timeline;
}

}  // namespace signet::store
