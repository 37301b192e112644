#include <signet/domain/session.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace signet;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;
constexpr std::int64_t kGraceS = 30;
constexpr const char* kId = "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d0001";

SessionState live(std::uint32_t generation, std::int64_t rotated_before_ms = 0) {
    return {generation, kNow - rotated_before_ms, kNow + 1, kNow + 1, true};
}

RefreshCase which(const SessionState& state, std::uint32_t presented) {
    return decide_refresh(state, presented, kNow, kGraceS).which;
}

unsigned roll(std::mt19937& dice, unsigned below) {
    return static_cast<unsigned>(dice() % below);
}

// A session and those who use its tokens, by the table alone.
struct Model {
    SessionState state = live(0);
    std::int64_t now_ms = kNow;
    bool over = false;

    RefreshDecision use(std::uint32_t presented) {
        const RefreshDecision decision = decide_refresh(state, presented, now_ms, kGraceS);
        if (decision.which == RefreshCase::rotate || decision.which == RefreshCase::ahead) {
            state.generation = decision.generation;
            state.rotated_at_ms = now_ms;
        }
        over = over || decision.which == RefreshCase::reuse;
        return decision;
    }
};

}  // namespace

TEST_CASE("a session id is a UUID, as text and as sixteen bytes") {
    const auto id = SessionId::parse(kId);
    REQUIRE(id);
    CHECK(id->binary().size() == 16);
    CHECK(id->binary().substr(0, 4) == "\x0f\x3b\x0c\x7e");
    CHECK(SessionId::from_binary(id->binary()) == id);
    CHECK(SessionId::parse("0F3B0C7E-3A51-4A0A-9D39-0F6F2F1D0001") == id);
    for (const char* bad : {"", "0f3b0c7e", "0f3b0c7e3a514a0a9d390f6f2f1d0001",
                            "0f3b0c7e-3a51-4a0a-9d39-0f6f2f1d000g"}) {
        CHECK_FALSE(SessionId::parse(bad));
    }
    CHECK_FALSE(SessionId::from_binary("fifteen bytes..").has_value());
}

TEST_CASE("(a) the current token rotates, however long ago the last refresh was") {
    CHECK(decide_refresh(live(3), 3, kNow, kGraceS) == RefreshDecision{RefreshCase::rotate, 4});
    CHECK(which(live(3, 40LL * 86'400'000), 3) == RefreshCase::rotate);
    CHECK(which(live(0), 0) == RefreshCase::rotate);
}

TEST_CASE("(b) the token before it replays the current one until the grace is over") {
    CHECK(decide_refresh(live(3, 0), 2, kNow, kGraceS) == RefreshDecision{RefreshCase::replay, 3});
    CHECK(which(live(3, 30'000), 2) == RefreshCase::replay);
    CHECK(which(live(3, 30'001), 2) == RefreshCase::reuse);
}

TEST_CASE("(b) a clock that was set back makes nobody a thief") {
    CHECK(which(live(3, -3'600'000), 2) == RefreshCase::replay);
}

TEST_CASE("(c) a token two generations old ends the session, within the grace too") {
    CHECK(decide_refresh(live(3), 1, kNow, kGraceS) == RefreshDecision{RefreshCase::reuse, 0});
    CHECK(which(live(2), 0) == RefreshCase::reuse);
}

TEST_CASE("(d) a token ahead is taken, and the session goes on behind it") {
    CHECK(decide_refresh(live(3), 4, kNow, kGraceS) == RefreshDecision{RefreshCase::ahead, 5});
    CHECK(decide_refresh(live(0), 1000, kNow, kGraceS) ==
          RefreshDecision{RefreshCase::ahead, 1001});
}

TEST_CASE("(e) nothing is decided any more for a session that is over or has no active user") {
    for (const std::uint32_t presented : {0U, 1U, 2U, 3U, 4U, 9U}) {
        SessionState idle = live(3);
        idle.idle_until_ms = kNow;
        SessionState old = live(3);
        old.absolute_until_ms = kNow;
        SessionState inactive = live(3);
        inactive.user_active = false;
        for (const SessionState& state : {idle, old, inactive}) {
            CHECK(decide_refresh(state, presented, kNow, kGraceS) ==
                  RefreshDecision{RefreshCase::refuse, 0});
        }
    }
}

TEST_CASE("(e) the last generation has no successor") {
    CHECK(which(live(kGenerationMax), kGenerationMax) == RefreshCase::refuse);
    CHECK(which(live(0), 0xFFFFFFFFU) == RefreshCase::refuse);
    CHECK(which(live(kGenerationMax - 1), kGenerationMax - 1) == RefreshCase::rotate);
}

// Every row of the table in one go: for all states and tokens near each other exactly one case
// holds, and it is the one that the table's own words give.
TEST_CASE("the decision is the table's, over all of it") {
    for (std::uint32_t current = 0; current < 6; ++current) {
        for (std::uint32_t presented = 0; presented < 8; ++presented) {
            for (const std::int64_t age_ms : {-5'000, 0, 1, 29'999, 30'000, 30'001, 86'400'000}) {
                for (unsigned flags = 0; flags < 8; ++flags) {
                    SessionState state = live(current, age_ms);
                    state.idle_until_ms = kNow + ((flags & 1U) != 0 ? 1 : 0);
                    state.absolute_until_ms = kNow + ((flags & 2U) != 0 ? 1 : -1);
                    state.user_active = (flags & 4U) != 0;
                    const bool e = flags != 7;
                    const bool a = !e && presented == current;
                    const bool d = !e && presented > current;
                    const bool b = !e && presented + 1 == current && age_ms <= 30'000;
                    const RefreshCase expected = e   ? RefreshCase::refuse
                                                 : a ? RefreshCase::rotate
                                                 : d ? RefreshCase::ahead
                                                 : b ? RefreshCase::replay
                                                     : RefreshCase::reuse;
                    const RefreshDecision decision =
                        decide_refresh(state, presented, kNow, kGraceS);
                    CHECK(decision.which == expected);
                    // Whoever is given a token is given the successor of the one he showed.
                    const bool given = a || b || d;
                    CHECK(decision.generation == (given ? presented + 1 : 0));
                }
            }
        }
    }
}

// Random tabs of one browser: each keeps the newest token that it was given, asks when it likes,
// and may lose an answer. As long as no answer is lost for longer than the grace, nobody is logged
// out, and all hold tokens of the last two generations.
TEST_CASE("tabs that share what they were given within the grace are never logged out") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 dice(seed);
        Model session;
        std::uint32_t shared = 0;  // what the browser's storage holds
        for (int round = 0; round < 60; ++round) {
            session.now_ms += 1 + static_cast<std::int64_t>(roll(dice, 600'000));
            session.state.idle_until_ms = session.now_ms + 1'000'000;
            session.state.absolute_until_ms = session.now_ms + 1'000'000;
            const std::uint32_t in_hand = shared;
            const unsigned tabs = 1 + roll(dice, 10);
            for (unsigned tab = 0; tab < tabs; ++tab) {
                const RefreshDecision decision = session.use(in_hand);
                REQUIRE_FALSE(session.over);
                REQUIRE(decision.generation == in_hand + 1);
                session.now_ms += static_cast<std::int64_t>(roll(dice, 2'000));
            }
            shared = in_hand + 1;
            CHECK(session.state.generation == shared);
        }
    }
}

// A thief and the owner hold the same token: whoever comes second, later than the grace, ends it.
TEST_CASE(
    "a stolen token that both use is noticed at the latest at the next refresh after the grace") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 dice(seed);
        Model session;
        std::uint32_t owner = 0;
        for (unsigned i = roll(dice, 5); i > 0; --i) {
            owner = session.use(owner).generation;
        }
        std::uint32_t thief = owner;
        for (unsigned i = 1 + roll(dice, 3); i > 0; --i) {
            thief = session.use(thief).generation;
            session.now_ms += 30'001;
            session.state.idle_until_ms = session.state.absolute_until_ms = session.now_ms + 1;
        }
        CHECK(session.use(owner).which == RefreshCase::reuse);
    }
}

// What a fail-over forgets: the database goes back some generations, the client does not.
TEST_CASE("a database that forgot refreshes logs nobody out") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 dice(seed);
        Model session;
        std::uint32_t token = 0;
        for (int i = 0; i < 40; ++i) {
            const RefreshDecision decision = session.use(token);
            REQUIRE_FALSE(session.over);
            token = decision.generation;
            if (roll(dice, 4) == 0) {
                session.state.generation -=
                    std::min<std::uint32_t>(session.state.generation, roll(dice, 4));
            }
        }
    }
}

TEST_CASE("a device is named by its browser and system, or as it names itself") {
    const auto device = [](std::string_view agent) { return describe_client(agent, "").device; };
    CHECK(device("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0") ==
          "Firefox on Linux");
    CHECK(device("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                 "Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0") == "Edge on Windows");
    CHECK(device("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, "
                 "like Gecko) Version/17.4 Safari/605.1.15") == "Safari on macOS");
    CHECK(device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 "
                 "(KHTML, like Gecko) CriOS/125.0 Mobile/15E148 Safari/604.1") ==
          "Chrome on iPhone");
    CHECK(device("Mozilla/5.0 (compatible; Oddball)") == "Mozilla/5.0 (compatible; Oddball)");
    CHECK(device("curl/8.5.0") == "curl/8.5.0");
    CHECK(device("") == "unknown");
}

TEST_CASE("a device name is one line of bounded UTF-8, whatever was sent") {
    const auto device = [](std::string_view agent) { return describe_client(agent, "").device; };
    CHECK(device(std::string(10'000, 'x')).size() <= kDeviceBytesMax);
    const std::string odd = device("a\tb\x1b[31m\xff\xe2\x80\xae");
    CHECK(Text::from(odd));
    CHECK_FALSE(has_control_character(odd));
    CHECK(odd.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("of an address no more is kept than its network") {
    const auto address = [](std::string_view text) { return describe_client("", text).address; };
    CHECK(address("203.0.113.77") == "203.0.113.0/24");
    CHECK(address("2001:db8:1:2:3:4:5:6") == "2001:db8:1::/48");
    CHECK(address("fe80::1%eth0") == "fe80::/48");
    CHECK(address("::ffff:203.0.113.77") == "203.0.113.0/24");
    CHECK_FALSE(address(""));
    CHECK_FALSE(address("localhost"));
}
