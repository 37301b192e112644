#include "cli/outbox.hpp"

#include "base/system.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace signet;
using namespace signet::cli;

namespace {

const std::string kFirst = "0b1f6f3e-5a4c-4d43-9d0c-6f0a35f0a001";
const std::string kSecond = "0b1f6f3e-5a4c-4d43-9d0c-6f0a35f0a002";

// An outbox that is only looked at.
class ShownOutbox final : public Outbox {
public:
    Result<void> put(const NewOutboxRow&) override { return Errc::internal; }
    Result<std::optional<OutboxRow>> lease(std::int64_t, const OutboxLine&) override {
        return Errc::internal;
    }
    Result<void> settle(const Uuid&) override { return Errc::internal; }
    Result<void> postpone(const Uuid&, std::int64_t, const Text&) override {
        return Errc::internal;
    }
    Result<void> give_up(const Uuid&, const Text&) override { return Errc::internal; }
    Result<OutboxFigures> count() override { return Errc::internal; }
    Result<std::vector<OutboxEntry>> list(std::size_t limit, bool sent) override {
        sent_too = sent;
        return std::vector(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(
                                                                  std::min(limit, entries.size())));
    }
    Result<std::size_t> retry(const Uuid& id) override {
        return static_cast<std::size_t>(std::ranges::count(entries, id, &OutboxEntry::id));
    }
    Result<std::size_t> retry_failed() override {
        return static_cast<std::size_t>(
            std::ranges::count(entries, OutboxState::failed, &OutboxEntry::state));
    }
    Result<std::size_t> retry_sent(std::int64_t since_s) override {
        return static_cast<std::size_t>(since_s);
    }
    Result<std::size_t> sweep(std::size_t) override { return Errc::internal; }
    Result<std::vector<SealedRow>> list_sealed(const std::optional<Uuid>&, std::size_t) override {
        return Errc::internal;
    }
    Result<bool> reseal(const SealedRow&, const Text&) override { return Errc::internal; }
    Result<void> note_rewrap() override { return Errc::internal; }

    bool sent_too = false;
    std::vector<OutboxEntry> entries{{.id = Uuid::parse(kFirst).value(),
                                      .kind = OutboxKind::mail,
                                      .name = "reset-password",
                                      .recipient = "ada@example.org",
                                      .state = OutboxState::failed,
                                      .attempts = 3,
                                      .created_at_s = 1'800'000'000,
                                      .due_at_s = 1'800'000'060,
                                      .error = "550 no \x1b[31m such user"},
                                     {.id = Uuid::parse(kSecond).value(),
                                      .kind = OutboxKind::event,
                                      .name = "user.created",
                                      .recipient = std::nullopt,
                                      .state = OutboxState::waiting,
                                      .attempts = 0,
                                      .created_at_s = 1'800'000'001,
                                      .due_at_s = 1'800'000'001,
                                      .error = ""}};
};

struct Fixture {
    OutboxCommand command(bool json = false) { return {outbox, io, json}; }
    std::string take_out() {
        std::string text = out.str();
        out.str({});
        return text;
    }
    ShownOutbox outbox;
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    CommandIo io{in, out, err};
};

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("outbox list shows what waits and what was given up, with the last error") {
    Fixture fixture;
    CHECK(outbox_list(fixture.command(), 10, false) == kExitOk);
    const std::string table = fixture.take_out();
    CHECK(holds(table, "ada@example.org"));
    CHECK(holds(table, "failed"));
    CHECK(holds(table, "waiting"));
    CHECK_FALSE(holds(table, "\x1b"));
    CHECK(fixture.err.str().empty());
    CHECK(outbox_list(fixture.command(true), 10, false) == kExitOk);
    CHECK(fixture.take_out() ==
          "[\n  {\"id\":\"" + kFirst +
              "\",\"kind\":\"mail\",\"name\":\"reset-password\",\"to\":\"ada@example.org\","
              "\"state\":\"failed\",\"attempts\":3,\"error\":\"550 no \\u001b[31m such user\","
              "\"createdAt\":\"2027-01-15T08:00:00Z\",\"dueAt\":\"2027-01-15T08:01:00Z\"},\n"
              "  {\"id\":\"" +
              kSecond +
              "\",\"kind\":\"event\",\"name\":\"user.created\",\"to\":null,\"state\":\"waiting\","
              "\"attempts\":0,\"error\":\"\",\"createdAt\":\"2027-01-15T08:00:01Z\","
              "\"dueAt\":\"2027-01-15T08:00:01Z\"}\n]\n");
}

TEST_CASE("outbox list says that there is more than its limit") {
    Fixture fixture;
    CHECK(outbox_list(fixture.command(), 1, false) == kExitOk);
    CHECK_FALSE(holds(fixture.take_out(), kSecond));
    CHECK(holds(fixture.err.str(), "the oldest 1."));
}

TEST_CASE("outbox retry has one row delivered, or all that were given up") {
    Fixture fixture;
    CHECK(outbox_retry(fixture.command(), {.id = kSecond, .sent_since_s = std::nullopt}) ==
          kExitOk);
    CHECK(fixture.take_out() == "1 row is delivered as soon as a server is free\n");
    fixture.outbox.entries[1].state = OutboxState::failed;
    CHECK(outbox_retry(fixture.command(), {}) == kExitOk);
    CHECK(fixture.take_out() == "2 rows are delivered as soon as a server is free\n");
    CHECK(outbox_retry(fixture.command(), {.id = "0b1f6f3e-5a4c-4d43-9d0c-6f0a35f0a003",
                                           .sent_since_s = std::nullopt}) == kExitFailed);
    CHECK(holds(fixture.err.str(), "there is no such row"));
    CHECK(outbox_retry(fixture.command(), {.id = "ada", .sent_since_s = std::nullopt}) ==
          kExitWrongUsage);
}
