#include "service/outgoing.hpp"
#include "support/test_app.hpp"

#include <signet/service/delivery.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace signet;
using signet::test::TestApp;

namespace {

struct Posted {
    Uuid id;
    std::string name;
    std::int64_t at_s = 0;
    MessageValues data;
};

class FakeEvents final : public EventTransport {
public:
    Delivery post(const Uuid& id, std::string_view name, std::int64_t at_s,
                  const MessageValues& data) override {
        posted.push_back({id, std::string(name), at_s, data});
        if (meanwhile) {
            meanwhile();
        }
        return answer;
    }
    std::function<void()> meanwhile;
    std::vector<Posted> posted;
    Delivery answer{DeliveryOutcome::delivered, "answered 204", false};
};

struct Posting {
    TestApp app;
    FakeEvents events;
    std::vector<std::string> reports;
    const UserId user = UserId::parse("7d0c29a5-90d1-4a51-8a5b-6d1c2a3b4c5d").value();

    Posting() { app.policy.mail.events = true; }
    void write(std::string_view name, MessageValues data = {}) {
        const auto transaction = app.sessions.begin({}).value();
        REQUIRE(put_event(transaction->outbox(), {app.sealer, app.random, app.policy.mail}, name,
                          user, std::move(data)));
        REQUIRE(transaction->commit());
    }
    int deliver(EventTransport* to) {
        const DeliveryPorts ports{
            .outbox = app.outbox,
            .sessions = app.sessions,
            .sealer = app.sealer,
            .random = app.random,
            .events = to,
            .report = [this](const DeliveryReport& report) { reports.emplace_back(report.event); }};
        int rows = 0;
        while (deliver_next(ports, app.policy, app.policy.mail).value()) {
            ++rows;
        }
        return rows;
    }
    void later(std::int64_t seconds) { app.tables->ahead_ms += seconds * 1000; }
};

}  // namespace

TEST_CASE("an event is posted with what it holds, the id of the user and the time it was written") {
    Posting posting;
    posting.write("user.renamed", {{"username", "countess"}});
    const std::int64_t written_s = posting.app.tables->now_ms() / 1000;
    posting.later(5);
    CHECK(posting.deliver(&posting.events) == 1);
    REQUIRE(posting.events.posted.size() == 1);
    const Posted& event = posting.events.posted[0];
    CHECK(event.name == "user.renamed");
    CHECK(event.data == MessageValues{{"id", posting.user.str()}, {"username", "countess"}});
    CHECK(event.at_s - written_s <= 1);
    CHECK(posting.app.outbox.list(10, false)->empty());
    CHECK(posting.reports == std::vector<std::string>{"event-posted"});
}

TEST_CASE("an event that failed is posted again with the same id and time, before the next one") {
    Posting posting;
    posting.write("user.disabled");
    posting.write("user.enabled");
    posting.events.answer = {DeliveryOutcome::later, "answered 500", false};
    CHECK(posting.deliver(&posting.events) == 1);
    posting.later(2);
    posting.events.answer = {DeliveryOutcome::delivered, "answered 204", false};
    CHECK(posting.deliver(&posting.events) == 2);
    REQUIRE(posting.events.posted.size() == 3);
    CHECK(posting.events.posted[0].id == posting.events.posted[1].id);
    CHECK(posting.events.posted[0].at_s == posting.events.posted[1].at_s);
    CHECK(posting.events.posted[2].name == "user.enabled");
}

TEST_CASE("an event that is refused, or fails for a day, is given up and lets the next one go") {
    Posting posting;
    posting.write("user.disabled");
    posting.write("user.enabled");
    posting.events.answer = {DeliveryOutcome::refused, "answered 410", true};
    CHECK(posting.deliver(&posting.events) == 2);
    CHECK(posting.app.tables->outbox.size() == 2);
    posting.write("password.changed");
    posting.events.answer = {DeliveryOutcome::later, "answered 500", false};
    CHECK(posting.deliver(&posting.events) == 1);
    posting.later(kGivenUpAfterS);
    CHECK(posting.deliver(&posting.events) == 1);
    CHECK(posting.deliver(&posting.events) == 0);
    for (const auto& row : posting.app.tables->outbox) {
        CHECK(row.failed_at_ms.has_value());
    }
    CHECK(posting.reports == std::vector<std::string>{"event-given-up", "event-given-up",
                                                      "event-delayed", "event-given-up"});
}

TEST_CASE("events are left to those who have a receiver, and without one none is written") {
    Posting posting;
    posting.write("user.disabled");
    CHECK(posting.deliver(nullptr) == 0);
    CHECK(posting.app.tables->outbox.front().attempts == 0);
    posting.app.policy.mail.events = false;
    posting.write("user.enabled");
    CHECK(posting.app.tables->outbox.size() == 1);
}

TEST_CASE("what was delivered while the store was away is removed later, and not delivered again") {
    Posting posting;
    posting.write("user.disabled");
    posting.events.meanwhile = [&] { posting.app.tables->outage = Errc::store_unavailable; };
    std::optional<Unsettled> unsettled;
    const DeliveryPorts ports{.outbox = posting.app.outbox,
                              .sessions = posting.app.sessions,
                              .sealer = posting.app.sealer,
                              .random = posting.app.random,
                              .events = &posting.events,
                              .report = [](const DeliveryReport&) {},
                              .unsettled = &unsettled};
    const auto next = [&] {
        return deliver_next(ports, posting.app.policy, posting.app.policy.mail);
    };
    CHECK(next().error().errc == Errc::store_unavailable);
    CHECK(next().error().errc == Errc::store_unavailable);
    CHECK(unsettled.has_value());
    posting.app.tables->outage.reset();
    posting.later(kLeaseS + 1);  // nobody else has taken it
    CHECK(next().value());
    CHECK_FALSE(unsettled.has_value());
    CHECK_FALSE(next().value());
    CHECK(posting.events.posted.size() == 1);
    CHECK(posting.app.outbox.list(10, false)->empty());
}
