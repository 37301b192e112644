#include "server/session_key_guard.hpp"

#include "keys/sealing.hpp"
#include "support/scratch_pipe.hpp"

#include <signet/domain/session.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet {
namespace {

const std::string kRight(keys::kKekBytes, 'a');
const std::string kWrong(keys::kKekBytes, 'b');

SessionId nth(std::size_t n) {
    std::string digits = std::to_string(n);
    digits.insert(0, 12 - digits.size(), '0');
    return *SessionId::parse("0f0e0d0c-0b0a-4908-8706-" + digits);
}

std::string sealed_by(const std::string& kek, std::size_t n) {
    const keys::SealedSessionKeys keys(*keys::Sealer::make({kek}));
    return keys.seal(std::string(kSessionKeyBytes, 'k'), nth(n))->str();
}

// Holds sealed keys, of sessions that are numbered.
class Sessions final : public SessionMaintenance {
public:
    Result<SweepResult> sweep(std::size_t) override { return SweepResult(); }
    Result<std::vector<SealedSession>> list_sealed(const std::optional<SessionId>&,
                                                   std::size_t limit) override {
        if (away) {
            return Errc::store_unavailable;
        }
        std::vector<SealedSession> page;
        for (std::size_t i = 0; i < std::min(limit, sealed.size()); ++i) {
            page.push_back({nth(i), sealed[i]});
        }
        return page;
    }
    Result<void> note_rewrap() override { return {}; }
    Result<bool> reseal(const SealedSession&, const Text&) override { return true; }

    void add(const std::string& kek, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            sealed.push_back(sealed_by(kek, sealed.size()));
        }
    }

    bool away = false;
    std::vector<std::string> sealed;
};

struct Fixture {
    test::ScratchPipe pipe;
    Log log{LogLevel::info, LogFormat::json, pipe.write_end()};
    Sessions sessions;
    server::SessionKeyGuard guard{
        std::make_unique<const keys::SealedSessionKeys>(*keys::Sealer::make({kRight})),
        "Put it back.", log};

    bool seals() const {
        return guard.seal(std::string(kSessionKeyBytes, 'k'), nth(1)).has_value();
    }
};

TEST_CASE("before sessions were looked at no session is opened") {
    Fixture fixture;
    CHECK_FALSE(fixture.guard.problem().empty());
    CHECK(fixture.guard.seal("key", nth(1)).error().errc == Errc::store_unavailable);
    fixture.sessions.away = true;
    fixture.guard.look(fixture.sessions);
    CHECK_FALSE(fixture.seals());
    fixture.sessions.away = false;
    fixture.guard.look(fixture.sessions);
    CHECK(fixture.guard.problem().empty());
    CHECK(fixture.seals());
    CHECK(fixture.pipe.drain().empty());
}

TEST_CASE(
    "with another key than the sessions need nothing is sealed, and the log says once what to do") {
    Fixture fixture;
    fixture.sessions.add(kWrong, 3);
    fixture.guard.look(fixture.sessions);
    const std::string problem = fixture.guard.problem();
    const std::string kek_id(keys::kek_id_of(fixture.sessions.sealed[0]));
    CHECK(problem.starts_with("session-key-unavailable: Put it back."));
    CHECK(problem.find(kek_id) == std::string::npos);
    CHECK(fixture.guard.seal("key", nth(1)).error().errc == Errc::session_key_unavailable);
    fixture.guard.look(fixture.sessions);
    const std::string lines = fixture.pipe.drain();
    CHECK(std::ranges::count(lines, '\n') == 1);
    CHECK(lines.find("3 of 3 sessions") != std::string::npos);
    CHECK(lines.find("where split_part(sealed_key, '.', 2) = '" + kek_id + "'") !=
          std::string::npos);
    fixture.sessions.sealed.clear();
    fixture.guard.look(fixture.sessions);
    CHECK(fixture.seals());
    CHECK(fixture.pipe.drain().find("session-keys-usable") != std::string::npos);
}

TEST_CASE("a few sessions that cannot be opened are a warning, and half of them are not") {
    Fixture fixture;
    fixture.sessions.add(kRight, 3);
    fixture.sessions.add(kWrong, 2);
    fixture.guard.look(fixture.sessions);
    fixture.guard.look(fixture.sessions);
    CHECK(fixture.guard.problem().empty());
    const std::string lines = fixture.pipe.drain();
    CHECK(std::ranges::count(lines, '\n') == 1);
    CHECK(lines.find("sessions-unreadable") != std::string::npos);
    fixture.sessions.add(kWrong, 1);
    fixture.guard.look(fixture.sessions);
    CHECK_FALSE(fixture.guard.problem().empty());
}

TEST_CASE("damaged sessions do not make the key that is here a lost one") {
    for (const std::size_t whole : {0, 1}) {
        Fixture fixture;
        fixture.sessions.add(kRight, whole + 2);
        for (std::size_t i = whole; i < fixture.sessions.sealed.size(); ++i) {
            fixture.sessions.sealed[i].replace(20, 4, "AAAA");
        }
        fixture.guard.look(fixture.sessions);
        CHECK(fixture.guard.problem().empty());
        CHECK(fixture.seals());
        const std::string lines = fixture.pipe.drain();
        CHECK(lines.find("sessions-unreadable") != std::string::npos);
        CHECK(lines.find("where id = '" + nth(whole).str() + "'") != std::string::npos);
        CHECK(lines.find("split_part") == std::string::npos);
    }
}

TEST_CASE("a row that holds no sealed key says nothing about the key that is here") {
    Fixture fixture;
    fixture.sessions.sealed = {"v1.x", "v1.x"};
    fixture.guard.look(fixture.sessions);
    CHECK(fixture.guard.problem().empty());
}

}  // namespace
}  // namespace signet
