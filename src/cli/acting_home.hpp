#pragma once

#include <signet/ports/key_home.hpp>

#include <string>
#include <utility>
#include <vector>

namespace signet::cli {

// A home of keys whose audit names who changes them, and that remembers what was noted.
class ActingHome final : public KeyHome {
public:
    // `home` has to outlive it. `actor` is who the audit is to name.
    ActingHome(KeyHome& home, std::string actor) : home_(home), actor_(std::move(actor)) {}

    Result<KeyView> load() override { return home_.load(); }
    Result<std::uint64_t> epoch() override { return home_.epoch(); }
    bool wait(std::chrono::milliseconds timeout) override { return home_.wait(timeout); }
    Result<void> change(const Change& change) override {
        std::vector<KeyAudit> noted;
        auto changed = home_.change([&](const KeyView& view) {
            Result<Edit> edit = change(view);
            if (edit) {
                for (KeyAudit& entry : edit->audit) {
                    entry.actor = actor_;
                }
                noted = edit->audit;
            }
            return edit;
        });
        if (changed) {
            noted_.insert(noted_.end(), noted.begin(), noted.end());
        }
        return changed;
    }

    // What the audit of this home was given by changes that succeeded.
    const std::vector<KeyAudit>& noted() const { return noted_; }

private:
    KeyHome& home_;
    std::string actor_;
    std::vector<KeyAudit> noted_;
};

}  // namespace signet::cli
