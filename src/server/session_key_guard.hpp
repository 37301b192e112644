#pragma once

#include "base/log.hpp"

#include <signet/ports/sessions.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace signet::server {

// How many sessions a look tries to open. They are the first by their ids, which are random.
inline constexpr std::size_t kSessionSample = 100;

// Seals and opens the keys of sessions, and finds out whether this process has the key-encryption
// key that the database needs. A server with another one could refresh nobody, and would open
// sessions that die when the right key is back. So until the first look, and while half of the
// sessions that were looked at or more need another key, it is not ready and seals nothing. If
// fewer do, or some are damaged, that is a warning. Thread-safe.
class SessionKeyGuard final : public SessionSealer {
public:
    // `cure` is a sentence that says where the right key belongs. `log` has to outlive this.
    SessionKeyGuard(std::unique_ptr<const SessionSealer> keys, std::string cure, const Log& log);

    Result<Text> seal(std::string_view key, const SessionId& id) const override;
    Result<std::string> open(std::string_view sealed, const SessionId& id) const override;
    bool current(std::string_view sealed) const override;
    Result<Text> seal_message(const MessageValues& values, const Uuid& id) const override;
    Result<MessageValues> open_message(std::string_view sealed, const Uuid& id) const override;
    std::string pseudonym(std::string_view text) const override;

    // Looks at some sessions, and logs what has changed. If they cannot be read, what was found
    // before still counts.
    void look(SessionMaintenance& sessions);

    // Returns why no session can be opened or refreshed, with the code of the error first and what
    // to do last, in words fit for /readyz; it is empty while they can.
    std::string problem() const;

private:
    static constexpr std::string_view kStarting = "starting";

    // Returns the error of whoever wants to seal, if it must not be done now.
    Result<void> may_seal() const;
    void note(std::string problem, bool some_lost, const std::string& detail);

    const std::unique_ptr<const SessionSealer> keys_;
    const std::string cure_;
    const Log& log_;
    mutable std::mutex mutex_;
    std::string problem_{kStarting};
    bool warned_ = false;  // that some sessions cannot be opened
};

}  // namespace signet::server
