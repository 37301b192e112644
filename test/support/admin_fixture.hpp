#pragma once

#include "cli/commands.hpp"
#include "cli/user.hpp"
#include "support/fake_sessions.hpp"
#include "support/fake_store.hpp"
#include "support/fake_users.hpp"
#include "support/fakes.hpp"
#include "support/scratch_pipe.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace signet::test {

// Provides what the use cases of an operator work with: fake tables, a hasher and a judge.
struct AdminPortsFixture {
    std::shared_ptr<FakeTables> tables = std::make_shared<FakeTables>();
    FakeStore store{tables};
    FakeSessions sessions{tables};
    FakeUserReader reader{tables};
    CountingHasher hasher;
    SimpleJudge judge;
    CountingRandom random;
    RolePolicy policy{"user", "", false};
    AdminPorts ports{store, store, store, store, sessions, reader, hasher, judge, random};
};

// Adds what the commands of an operator need: streams that a test reads. Passwords come from a pipe
// that contains `typed`.
class AdminFixture : public AdminPortsFixture {
public:
    explicit AdminFixture(std::string_view typed = "correct horse battery\n") : typed_(typed) {}

    cli::AdminCommand command(bool json = false) { return {ports, policy, io, json, "claims_of"}; }

    std::string take_out() {
        std::string text = out.str();
        out.str({});
        return text;
    }

    const FakeTables::UserRow& row(std::string_view username) const {
        for (const auto& candidate : tables->users) {
            if (candidate.username == username) {
                return candidate;
            }
        }
        throw std::out_of_range("no such row");
    }

    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;

private:
    ScratchPipe typed_;

public:
    cli::CommandIo io{in, out, err, typed_.read_end()};
};

}  // namespace signet::test
