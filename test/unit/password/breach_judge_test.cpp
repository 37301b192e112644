#include "password/breach_judge.hpp"

#include "support/fakes.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace signet;
using namespace std::chrono_literals;

namespace {

// SHA-1 of "password": 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8.
const std::string kRest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
const std::string kOther = "00D4F6E8FA6EECAD2A3AA415EEC418D38EC";

std::chrono::steady_clock::time_point now;

class FakeHttp final : public OutboundHttp {
public:
    explicit FakeHttp(std::vector<OutboundRequest>& requests, OutboundReply& reply)
        : requests_(requests), reply_(reply) {}

    OutboundReply get(const OutboundRequest& request) override {
        requests_.push_back(request);
        now += takes;
        return reply_;
    }
    OutboundReply post(const OutboundRequest& request, std::string_view) override {
        return get(request);
    }

    std::chrono::milliseconds takes{0};

private:
    std::vector<OutboundRequest>& requests_;
    OutboundReply& reply_;
};

struct Fixture {
    std::vector<OutboundRequest> requests;
    OutboundReply reply{200, kRest + ":7", ""};
    std::vector<std::string> told;
    FakeHttp* http = nullptr;
    std::unique_ptr<BreachJudge> judge;

    explicit Fixture(std::string url = "https://list.example/range") {
        now = std::chrono::steady_clock::time_point(1h);
        auto fake = std::make_unique<FakeHttp>(requests, reply);
        http = fake.get();
        judge = std::make_unique<BreachJudge>(
            std::make_unique<test::SimpleJudge>(), std::move(fake),
            BreachList{.url = std::move(url),
                       .on_silence = [this](auto reason) { told.emplace_back(reason); },
                       .steady_now = [] { return now; }});
    }

    bool refuses(std::string_view password = "password") const {
        const auto objection = judge->judge("/newPassword", password, {});
        if (objection) {
            CHECK(objection->pointer == "/newPassword");
            CHECK(objection->code == "password-weak");
        }
        return objection.has_value();
    }
};

}  // namespace

namespace {

std::string text_of(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        text += part;
    }
    return text;
}

}  // namespace

TEST_CASE("a range is searched for the rest of a hash, whatever its letters and ends of lines") {
    const std::string lower = "1e4c9b93f3f0682250b6cf8331b7ee68fd8";
    for (const std::string& range :
         {text_of({kRest, ":1"}), text_of({lower, ":9545824\r\n"}),
          text_of({kOther, ":3\r\n", kRest, ":10\r\n"}), text_of({kRest, ":2\n", kOther, ":0\n"}),
          text_of({"\r\n", lower, ":00020\n\n"})}) {
        CAPTURE(range);
        CHECK(range_holds(range, kRest) == true);
    }
    for (const std::string& range : {std::string(), std::string("\r\n"), kRest + ":0",
                                     kRest + ":000\r\n", kOther + ":3\r\n"}) {
        CAPTURE(range);
        CHECK(range_holds(range, kRest) == false);
    }
}

TEST_CASE("a text that is no range is told from one, even if it begins like one") {
    const std::vector<std::string> texts{"<html>",
                                         kRest,
                                         kRest + ":",
                                         kRest + ":-1",
                                         kRest + ":1 ",
                                         ":1",
                                         kRest + "0:1",
                                         text_of({"x", kRest.substr(1), ":1"}),
                                         kRest + ":1\r\nand more",
                                         kRest + ";1",
                                         text_of({kRest, ":1\r", kOther, ":1"}),
                                         R"({"a":1})",
                                         text_of({" ", kRest, ":1"}),
                                         text_of({kRest, ":", std::string(1, '\0')})};
    for (const std::string& text : texts) {
        CAPTURE(text);
        CHECK(range_holds(text, kRest) == std::nullopt);
    }
}

TEST_CASE("a breached password is refused as a weak one, at the place where it was sent") {
    CHECK(Fixture().refuses());
}

TEST_CASE("the list gets five digits of the hash and never more") {
    const Fixture fixture;
    fixture.refuses();
    REQUIRE(fixture.requests.size() == 1);
    const OutboundRequest& request = fixture.requests[0];
    CHECK(request.url == "https://list.example/range/5BAA6");
    CHECK(request.fields == std::vector<std::string>{"Add-Padding: true"});
    CHECK(request.timeout == 2s);
    CHECK(request.bytes_max == 1024U * 1024);
}

TEST_CASE("slashes at the end of the URL do not count") {
    const Fixture fixture("https://list.example/range//");
    fixture.refuses();
    CHECK(fixture.requests.at(0).url == "https://list.example/range/5BAA6");
}

TEST_CASE("a password is looked up in its canonical form, which is what is stored") {
    const Fixture fixture;
    fixture.refuses("caf\u00e9");
    fixture.refuses("cafe\u0301");
    REQUIRE(fixture.requests.size() == 2);
    CHECK(fixture.requests[0].url == fixture.requests[1].url);
}

TEST_CASE("a password that is not in the list, or as padding only, may be used") {
    Fixture fixture;
    for (const std::string& body : {kOther + ":7", kRest + ":0", std::string()}) {
        fixture.reply.body = body;
        CHECK_FALSE(fixture.refuses());
    }
    CHECK(fixture.told.empty());
    CHECK(fixture.requests.size() == 3);
}

TEST_CASE("a password that the first judge refuses is not looked up") {
    const Fixture fixture;
    CHECK(fixture.refuses("weak"));
    CHECK(fixture.requests.empty());
}

TEST_CASE("nothing is refused when the list does not answer as it should, and the reason is told") {
    const std::string whole = kRest + ":7";
    const std::vector<std::pair<OutboundReply, std::string>> replies{
        {{0, "", "Timeout was reached"}, "Timeout was reached"},
        {{429, whole, ""}, "it answered 429"},
        {{404, whole, ""}, "it answered 404"},
        {{500, whole, ""}, "it answered 500"},
        {{301, whole, ""}, "it answered 301"},
        {{206, whole, ""}, "it answered 206"},
        {{200, "<html>" + whole, ""}, "its answer is no list of hashes and counts"},
        {{200, whole + "\n<html>", ""}, "its answer is no list of hashes and counts"},
    };
    for (const auto& [reply, reason] : replies) {
        CAPTURE(reason);
        Fixture fixture;
        fixture.reply = reply;
        CHECK_FALSE(fixture.refuses());
        CHECK(fixture.told == std::vector<std::string>{reason});
    }
}

TEST_CASE("a list that did not answer is left alone for a while, and then asked once") {
    Fixture fixture;
    const OutboundReply good = std::exchange(fixture.reply, {0, "", "it hangs"});
    fixture.refuses();
    now += kBreachPause - 1ms;
    CHECK_FALSE(fixture.refuses());
    CHECK(fixture.requests.size() == 1);
    now += 1ms;
    CHECK_FALSE(fixture.refuses());  // still no answer: another pause
    CHECK_FALSE(fixture.refuses());
    CHECK(fixture.requests.size() == 2);
    CHECK(fixture.told.size() == 2);
    now += kBreachPause;
    fixture.reply = good;
    CHECK(fixture.refuses());
    CHECK(fixture.refuses());
    CHECK(fixture.requests.size() == 4);
    CHECK(fixture.told.size() == 2);
}

TEST_CASE("a list that answers slowly is believed, and then left alone as one that is silent") {
    Fixture fixture;
    fixture.http->takes = kBreachSlow + 1ms;
    CHECK(fixture.refuses());
    CHECK_FALSE(fixture.refuses());
    CHECK(fixture.requests.size() == 1);
    CHECK(fixture.told == std::vector<std::string>{"its answer took more than 1000 ms"});
}

namespace {

// Asks once more while a question is on its way, as another thread would.
class AskingHttp final : public OutboundHttp {
public:
    OutboundReply get(const OutboundRequest&) override {
        ++asked;
        if (meanwhile) {
            std::exchange(meanwhile, nullptr)();
        }
        return reply;
    }
    OutboundReply post(const OutboundRequest& request, std::string_view) override {
        return get(request);
    }
    int asked = 0;
    OutboundReply reply{0, "", "it hangs"};
    std::function<void()> meanwhile;
};

struct Together {
    int told = 0;
    AskingHttp* http = nullptr;
    std::unique_ptr<BreachJudge> judge;

    explicit Together(std::size_t questions_max) {
        now = std::chrono::steady_clock::time_point(1h);
        auto fake = std::make_unique<AskingHttp>();
        http = fake.get();
        judge = std::make_unique<BreachJudge>(
            std::make_unique<test::SimpleJudge>(), std::move(fake),
            BreachList{.url = "http://127.0.0.1",
                       .questions_max = questions_max,
                       .on_silence = [this](std::string_view) { ++told; },
                       .steady_now = [] { return now; }});
    }
    void ask() const { CHECK_FALSE(judge->judge("/password", "password", {})); }
    void ask_two() const {
        http->meanwhile = [this] { ask(); };
        ask();
    }
};

}  // namespace

TEST_CASE(
    "questions that were on their way together are told of once, and one of them tries again") {
    const Together together(2);
    together.ask_two();
    CHECK(together.http->asked == 2);
    CHECK(together.told == 1);
    now += kBreachPause;
    together.ask_two();
    CHECK(together.http->asked == 3);
    CHECK(together.told == 2);
}

TEST_CASE("a question beyond those that may be on their way is not asked, which is told once") {
    const Together together(1);
    together.http->reply = {200, "", ""};
    together.ask_two();
    together.ask_two();
    CHECK(together.http->asked == 2);
    CHECK(together.told == 1);
    now += kBreachPause;
    together.ask_two();
    CHECK(together.told == 2);
    together.ask();
    CHECK(together.http->asked == 4);
}
