#include "outbound/event_webhook.hpp"

#include "support/fakes.hpp"

#include <signet/domain/event.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace signet;

namespace {

struct Posted {
    OutboundRequest request;
    std::string body;
};

class FakeHttp final : public OutboundHttp {
public:
    FakeHttp(std::vector<Posted>& posted, OutboundReply& reply) : posted_(posted), reply_(reply) {}
    OutboundReply get(const OutboundRequest&) override { return {}; }
    OutboundReply post(const OutboundRequest& request, std::string_view body) override {
        posted_.push_back({request, std::string(body)});
        return reply_;
    }

private:
    std::vector<Posted>& posted_;
    OutboundReply& reply_;
};

const Uuid kId = Uuid::parse("0b1f6f3e-5a4c-4d43-9d0c-6f0a35f0a001").value();
const std::string kUser = "7d0c29a5-90d1-4a51-8a5b-6d1c2a3b4c5d";
const std::string kOld(24, 'o');
const std::string kNew(32, 'n');

struct Fixture {
    std::vector<Posted> posted;
    OutboundReply reply{204, "", ""};
    test::ManualClock clock;
    outbound::EventWebhook events;

    explicit Fixture(std::vector<std::string> keys = {kNew})
        : events({"https://app.example.org/events?key=1", std::move(keys)},
                 std::make_unique<FakeHttp>(posted, reply), clock) {
        clock.now = 1'800'000'000;
    }

    Delivery post(std::string_view name = "password.changed", const MessageValues& more = {}) {
        MessageValues data{{"id", kUser}};
        data.insert(more.begin(), more.end());
        return events.post(kId, name, 1'799'999'990, data);
    }
    std::string field(std::string_view name) const {
        for (const std::string& line : posted.back().request.fields) {
            if (line.starts_with(std::string(name) + ": ")) {
                return line.substr(name.size() + 2);
            }
        }
        return "";
    }
};

}  // namespace

TEST_CASE("an event is posted as JSON with its id, the time of the attempt and a signature") {
    Fixture fixture;
    CHECK(fixture.post().outcome == DeliveryOutcome::delivered);
    REQUIRE(fixture.posted.size() == 1);
    CHECK(fixture.posted[0].request.url == "https://app.example.org/events?key=1");
    CHECK(fixture.posted[0].request.timeout == kEventPostMax);
    CHECK(fixture.posted[0].body ==
          R"({"type":"password.changed","timestamp":"2027-01-15T07:59:50Z","data":{"id":")" +
              kUser + R"("}})");
    CHECK(fixture.field("Content-Type") == "application/json");
    CHECK(fixture.field("webhook-id") == kId.str());
    CHECK(fixture.field("webhook-timestamp") == "1800000000");
    // Python: base64.b64encode(hmac.digest(b"n" * 32, b"ID.1800000000.BODY", "sha256"))
    CHECK(fixture.field("webhook-signature") == "v1,jdNXgv1WUc8P9KAvCw+tlGpMp0UDjhSJP2GWLFtzZlU=");
}

TEST_CASE("another attempt has the same id and body, and another time") {
    Fixture fixture;
    fixture.post();
    const std::string signature = fixture.field("webhook-signature");
    fixture.clock.now += 60;
    fixture.post();
    CHECK(fixture.posted[0].body == fixture.posted[1].body);
    CHECK(fixture.field("webhook-id") == kId.str());
    CHECK(fixture.field("webhook-timestamp") == "1800000060");
    CHECK(fixture.field("webhook-signature") != signature);
}

TEST_CASE("each of several secrets makes a signature") {
    Fixture both({kNew, kOld});
    both.post();
    Fixture old({kOld});
    old.post();
    Fixture fresh({kNew});
    fresh.post();
    CHECK(both.field("webhook-signature") ==
          fresh.field("webhook-signature") + ' ' + old.field("webhook-signature"));
}

TEST_CASE("data has every member of its event, whether or not there is a value") {
    Fixture fixture;
    const auto data = [&] {
        const std::string& body = fixture.posted.back().body;
        return body.substr(body.find("\"data\":") + 7);
    };
    const std::string start = R"({"id":")" + kUser + R"(",)";
    fixture.post("user.created", {{"username", "ad\"a"},
                                  {"roles", std::string("user") + kListSeparator + "editor"}});
    CHECK(data() ==
          start + R"("username":"ad\"a","email":null,"roles":["user","editor"],"by":null}})");
    fixture.post("roles.changed", {{"granted", "editor"}, {"more", "nothing of the event"}});
    CHECK(data() == start + R"("roles":[],"granted":["editor"],"revoked":[]}})");
}

TEST_CASE("an answer of 2xx is a delivery, 410 ends the attempts, and all else is tried again") {
    Fixture fixture;
    const auto outcome = [&](int status) {
        fixture.reply = {status, "", "it hangs"};
        return fixture.post().outcome;
    };
    for (const int status : {200, 201, 202, 204, 299}) {
        CHECK(outcome(status) == DeliveryOutcome::delivered);
    }
    CHECK(outcome(410) == DeliveryOutcome::refused);
    for (const int status : {0, 301, 307, 400, 401, 404, 408, 409, 422, 429, 500, 502, 503, 504}) {
        CAPTURE(status);
        CHECK(outcome(status) == DeliveryOutcome::later);
    }
}

TEST_CASE("the reason says what the receiver answered, or why it did not") {
    Fixture fixture;
    fixture.reply = {500, std::string(300, 'x'), ""};
    CHECK(fixture.post().reason == "answered 500: " + std::string(200, 'x'));
    CHECK_FALSE(fixture.post().misconfigured);
    fixture.reply = {0, "", "Connection refused"};
    CHECK(fixture.post().reason == "Connection refused");
    fixture.reply = {307, "", ""};
    CHECK(fixture.post().reason.find("set AUTH_EVENTS_URL") != std::string::npos);
    CHECK(fixture.post().misconfigured);
    fixture.reply = {401, "who are you", ""};
    CHECK(fixture.post().reason == "answered 401: who are you");
    CHECK(fixture.post().misconfigured);
}
