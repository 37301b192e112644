#pragma once

#include <signet/ports/key_home.hpp>

#include <string>

namespace signet::app {

// A home of keys whose audit names who changes them.
class ActingHome final : public KeyHome {
public:
    // `home` has to outlive it. `actor` is who the audit is to name.
    ActingHome(KeyHome& home, std::string actor) : home_(home), actor_(std::move(actor)) {}

    Result<KeyView> load() override { return home_.load(); }
    Result<std::uint64_t> epoch() override { return home_.epoch(); }
    bool wait(std::chrono::milliseconds timeout) override { return home_.wait(timeout); }
    Result<void> change(const Change& change) override {
        return home_.change([&](const KeyView& view) {
            Result<Edit> edit = change(view);
            if (edit) {
                for (KeyAudit& entry : edit->audit) {
                    entry.actor = actor_;
                }
            }
            return edit;
        });
    }

private:
    KeyHome& home_;
    std::string actor_;
};

}  // namespace signet::app
