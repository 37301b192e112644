#pragma once

#include <signet/ports/key_home.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::test {

// The table of keys of the fake. Tests change it as plain SQL could. Lock it before use.
struct FakeKeyTable {
    std::mutex mutex;
    std::condition_variable hinted;
    StoredKeys keys;  // by kid
    std::vector<KeyAudit> audit;
    std::uint64_t epoch = 0;
    std::uint64_t hints = 0;
    std::int64_t now_s = 1'800'000'000;  // the clock of the key home, which only tests move
    std::optional<Errc> outage;          // the error of every call, if set
    std::optional<Errc> read_only;       // the error of every change, if set
    std::vector<std::string> refused;    // the kids of the audit of each change that did
};

// The key home of one thread, in memory. Several on one table are replicas that share it. It
// refuses what the database would refuse (sql/migrations/0003 and 0007), with store_failed.
class FakeKeyHome final : public KeyHome {
public:
    explicit FakeKeyHome(std::shared_ptr<FakeKeyTable> table) : table_(std::move(table)) {}

    Result<KeyView> load() override;
    Result<std::uint64_t> epoch() override;
    // Returns at once if a change was made since the last wait(). During an outage it waits out the
    // time.
    bool wait(std::chrono::milliseconds timeout) override;
    Result<void> change(const Change& change) override;

    // Moves the clock of the key home, for all who share it.
    void advance(std::int64_t seconds);
    void set_outage(std::optional<Errc> outage);
    std::vector<KeyAudit> audit() const;

private:
    std::shared_ptr<FakeKeyTable> table_;
    std::uint64_t seen_hints_ = 0;
};

}  // namespace signet::test
