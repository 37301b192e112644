#pragma once

#include "keys/key_admin.hpp"
#include "support/fake_key_home.hpp"
#include "support/printing.hpp"
#include "tokens/key_set.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Provides what an operator needs to administer sealed P-256 keys in memory.
namespace signet::test {

inline constexpr std::int64_t kFixtureNow = 1'800'000'000;

inline keys::Sealer sealer(std::vector<std::string> keks) {
    return *keys::Sealer::make(std::move(keks));
}

struct KeyAdminFixture {
    explicit KeyAdminFixture(
        std::vector<std::string> keks = {std::string(32, 'a')},
        std::shared_ptr<FakeKeyTable> shared = std::make_shared<FakeKeyTable>())
        : table(std::move(shared)),
          home(table),
          codec(sealer(std::move(keks))),
          admin(home, codec, {.period_s = {}, .publish_ahead_s = 100},
                {std::string(tokens::kEs256), 2048}) {
        table->now_s = kFixtureNow;
    }

    std::string kid(KeyState state) {
        const std::vector<keys::KeyRow> rows = *admin.list();
        for (const keys::KeyRow& row : rows) {
            if (row.life.state == state) {
                return row.life.kid;
            }
        }
        return {};
    }
    void fill() {
        REQUIRE(admin.stage({}, keys::Run::execute).has_value());
        REQUIRE(admin.stage({}, keys::Run::execute).has_value());
    }
    std::string last_action() const { return table->audit.back().action; }

    std::shared_ptr<FakeKeyTable> table;
    FakeKeyHome home;
    keys::SealedCodec codec;
    keys::KeyAdmin admin;
};

inline bool says(const keys::KeyPlan& plan, std::string_view part) {
    for (const std::string& line : plan.lines) {
        if (line.find(part) != std::string::npos) {
            return true;
        }
    }
    return false;
}

}  // namespace signet::test
