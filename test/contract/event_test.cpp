#include "contract/databases.hpp"
#include "store/store.hpp"
#include "support/postgres.hpp"

#include <signet/domain/event.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::test {
namespace {

std::string query_sql(const std::string& url, const std::string& sql) {
    return run_sql(url, sql).at(0).at(0).value_or("");
}

struct Told {
    std::string event;
    UserId user;
    MessageValues data;
};

// Keeps what it is told, and writes a row for it that nobody can open.
class KeepingTeller final : public EventTeller {
public:
    Result<void> tell(OutboxWriter& outbox, std::string_view event, const UserId& user,
                      MessageValues data) override {
        if (fails) {
            return Error{Errc::session_key_unavailable, "no key"};
        }
        told.push_back({std::string(event), user, std::move(data)});
        return outbox.put({Uuid::parse(new_id().str()).value(), OutboxKind::event, text(event),
                           user, std::nullopt, text("v1.x")});
    }
    Result<void> notify(OutboxWriter& outbox, std::string_view notice, const Account& user,
                        MessageValues values) override {
        if (notices_fail) {
            return Error{Errc::session_key_unavailable, "no key"};
        }
        noticed.push_back({std::string(notice), user.id, std::move(values)});
        noticed.back().data.emplace("to", user.email.value_or(""));
        return outbox.put({Uuid::parse(new_id().str()).value(), OutboxKind::mail, text(notice),
                           user.id, text("ada@example.org"), text("v1.x")});
    }
    std::vector<Told> told;
    std::vector<Told> noticed;
    bool fails = false;
    bool notices_fail = false;
};

struct Operator {
    PgDatabase database;
    Ports ports = database.ports();
    KeepingTeller teller;

    Operator() { ports.admin->tell_of_changes(&teller); }
    std::vector<std::string> events() const {
        std::vector<std::string> names;
        for (const Told& one : teller.told) {
            names.push_back(one.event);
        }
        return names;
    }
    std::string count(const std::string& table) {
        return query_sql(database.url(), "select count(*) from " + table);
    }
};

}  // namespace

TEST_CASE("each change of an operator writes its event, with what the event holds") {
    Operator op;
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(op.ports.admin->add(ada).has_value());
    op.database.insert_role("editor");
    op.database.insert_role("reviewer");
    const UserId& id = ada.id;
    REQUIRE(op.ports.admin->rename(id, text("countess")).has_value());
    REQUIRE(op.ports.admin->set_email(id, std::nullopt).has_value());
    REQUIRE(op.ports.admin->grant(id, {text("editor"), text("reviewer")}).has_value());
    REQUIRE(op.ports.admin->grant(id, {text("editor")}).has_value());  // changes nothing
    REQUIRE(op.ports.admin->revoke(id, {text("reviewer")}).has_value());
    REQUIRE(op.ports.admin->set_password(id, text("$argon2id$new")).has_value());
    REQUIRE(op.ports.admin->set_active(id, false).has_value());
    REQUIRE(op.ports.admin->set_active(id, true).has_value());
    REQUIRE(op.ports.admin->remove(id).has_value());
    CHECK(op.events() == std::vector<std::string>{"user.created", "user.renamed",
                                                  "user.email-changed", "roles.changed",
                                                  "roles.changed", "password.changed",
                                                  "user.disabled", "user.enabled", "user.deleted"});
    CHECK(op.count("signet.outbox where kind = 'event'") == "9");
    const std::string separator(1, kListSeparator);
    CHECK(op.teller.told[0].data == MessageValues{{"username", "ada"},
                                                  {"email", "ada@example.org"},
                                                  {"roles", "user"},
                                                  {"by", "operator"}});
    CHECK(op.teller.told[1].data == MessageValues{{"username", "countess"}});
    CHECK(op.teller.told[2].data.empty());
    CHECK(op.teller.told[3].data ==
          MessageValues{{"roles", "editor" + separator + "reviewer" + separator + "user"},
                        {"granted", "editor" + separator + "reviewer"}});
    CHECK(op.teller.told[4].data ==
          MessageValues{{"roles", "editor" + separator + "user"}, {"revoked", "reviewer"}});
    for (const Told& one : op.teller.told) {
        CHECK(one.user == id);
        const EventKind* const kind = find_event(one.event);
        REQUIRE(kind != nullptr);
        for (const auto& [name, value] : one.data) {
            CHECK(std::ranges::find(kind->members, name, &EventMember::name) !=
                  kind->members.end());
        }
    }
}

TEST_CASE("the user is told of a new password, and the address until then of another one") {
    Operator op;
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(op.ports.admin->add(ada).has_value());
    const UserId& id = ada.id;
    REQUIRE(op.ports.admin->rename(id, text("countess")).has_value());
    REQUIRE(op.ports.admin->set_active(id, false).has_value());
    REQUIRE(op.ports.admin->set_password(id, text("$argon2id$new")).has_value());
    REQUIRE(op.ports.admin->set_email(id, text("new@example.org")).has_value());
    REQUIRE(op.ports.admin->set_email(id, std::nullopt).has_value());
    REQUIRE(op.ports.admin->set_email(id, text("third@example.org")).has_value());
    std::vector<std::string> noticed;
    for (const Told& one : op.teller.noticed) {
        CHECK(one.user == id);
        noticed.push_back(one.event + ' ' + one.data.at("to"));
    }
    REQUIRE(noticed == std::vector<std::string>{"password-changed ada@example.org",
                                                "address-set ada@example.org",
                                                "address-set new@example.org"});
    CHECK(op.teller.noticed[1].data.at("newAddress") == "new@example.org");
    CHECK(op.teller.noticed[2].data.at("newAddress").empty());
    CHECK(op.count("signet.outbox where kind = 'mail'") == "3");
    op.teller.notices_fail = true;
    CHECK_FALSE(op.ports.admin->set_password(id, text("$argon2id$third")).has_value());
    CHECK_FALSE(op.ports.admin->set_email(id, std::nullopt).has_value());
    const auto now = op.ports.accounts->find(id);
    REQUIRE((now.has_value() && now->has_value()));
    CHECK((*now)->password_hash == "$argon2id$new");
    CHECK((*now)->email == "third@example.org");
}

TEST_CASE("a change whose event cannot be written is not made") {
    Operator op;
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(op.ports.admin->add(ada).has_value());
    op.database.insert_role("editor");
    op.teller.fails = true;
    const UserId& id = ada.id;
    CHECK_FALSE(op.ports.admin->add(new_account("bob")).has_value());
    CHECK_FALSE(op.ports.admin->rename(id, text("countess")).has_value());
    CHECK_FALSE(op.ports.admin->set_email(id, std::nullopt).has_value());
    CHECK_FALSE(op.ports.admin->grant(id, {text("editor")}).has_value());
    CHECK_FALSE(op.ports.admin->set_password(id, text("$argon2id$new")).has_value());
    CHECK_FALSE(op.ports.admin->set_active(id, false).has_value());
    CHECK_FALSE(op.ports.admin->remove(id).has_value());
    const auto now = op.ports.accounts->find(id);
    REQUIRE((now.has_value() && now->has_value()));
    CHECK((*now)->username == "ada");
    CHECK((*now)->email == "ada@example.org");
    CHECK((*now)->roles == std::vector<std::string>{"user"});
    CHECK((*now)->password_hash == "$argon2id$first");
    CHECK((*now)->active);
    CHECK(op.count("\"user\"") == "1");
    CHECK(op.database.audited("user-deleted").empty());
    CHECK(op.count("signet.outbox") == "1");
}

TEST_CASE("an invitation writes user, roles, ticket and mail together, or nothing") {
    Operator op;
    op.database.insert_role("editor");
    const auto invite = [&](const std::vector<Text>& roles) {
        NewAccount account = new_account("ignored", "ada@example.org");
        account.username.reset();
        account.password_hash = text("");
        Invitation invitation{{account.id, TicketPurpose::accept_invitation, *account.email},
                              {Uuid::parse(new_id().str()).value(), OutboxKind::mail,
                               text("invitation"), account.id, account.email, text("v1.x")}};
        invitation.ticket.hash = text("hash-of-" + account.id.str());
        invitation.ticket.lifetime_s = kInvitationTtlS;
        return op.ports.admin->invite(account, roles, invitation);
    };
    CHECK(invite({text("editor"), text("nothing")}).error().errc == Errc::role_not_found);
    CHECK(op.count("\"user\"") == "0");
    CHECK(op.count("signet.outbox") == "0");
    CHECK(op.count("signet.ticket") == "0");
    const auto ada = invite({text("editor")});
    REQUIRE(ada.has_value());
    CHECK(ada->password_hash.empty());
    CHECK(query_sql(op.database.url(), "select password is null from \"user\"") == "t");
    CHECK(ada->roles.size() == 2);
    CHECK(op.count("signet.ticket where purpose = 'invitation' and expires_at > now() + "
                   "interval '6 days 23 hours'") == "1");
    CHECK(op.count("signet.outbox where kind = 'mail' and recipient = 'ada@example.org'") == "1");
    CHECK(op.count("signet.mail_count") == "1");
    CHECK(op.database.audited("user-invited") == std::vector<std::string>{ada->id.str()});
    CHECK(op.teller.told.back().data.at("by") == "invitation");
    CHECK(invite({}).error().errc == Errc::email_taken);
}

namespace {

// The outbox of one thread, with rows that are put by name.
struct Boxes {
    PgDatabase database;
    std::unique_ptr<store::Store> store = store::make_store(database.options());
    Outbox& outbox = store->outbox();

    Uuid put(std::string_view name, OutboxKind kind, const std::optional<UserId>& user = {}) {
        const Uuid id = Uuid::parse(new_id().str()).value();
        REQUIRE(outbox.put({id, kind, text(name), user, std::nullopt, text("v1.x")}).has_value());
        return id;
    }
    std::string lease(const OutboxLine& line = {}, std::int64_t lease_s = 60) {
        auto row = outbox.lease(lease_s, line);
        REQUIRE(row.has_value());
        last = *row ? std::optional((*row)->id) : std::nullopt;
        return *row ? (*row)->name : "";
    }
    std::string field(const std::string& what, const Uuid& id) {
        return query_sql(database.url(),
                         "select " + what + " from signet.outbox where id = '" + id.str() + "'");
    }
    std::optional<Uuid> last;
};

}  // namespace

TEST_CASE("events and mails are taken from the outbox by those who deliver them") {
    Boxes boxes;
    boxes.put("event", OutboxKind::event, new_id());
    boxes.put("mail", OutboxKind::mail);
    boxes.put("ask", OutboxKind::ask);
    CHECK(boxes.lease({.asks = false, .mails = false, .events = false}).empty());
    CHECK(boxes.lease({.asks = true, .mails = false, .events = false}) == "ask");
    CHECK(boxes.lease({.asks = true, .mails = false, .events = false}).empty());
    CHECK(boxes.lease({.asks = true, .mails = true, .events = false}) == "mail");
    CHECK(boxes.lease({.asks = true, .mails = true, .events = false}).empty());
    CHECK(boxes.lease({.asks = false, .mails = false, .events = true}) == "event");
    CHECK(boxes.lease().empty());
}

TEST_CASE("the events of a user come one after the other, and hold up nobody else's") {
    Boxes boxes;
    const UserId ada = new_id();
    const UserId bob = new_id();
    const Uuid first = boxes.put("ada-1", OutboxKind::event, ada);
    boxes.put("ada-2", OutboxKind::event, ada);
    boxes.put("bob-1", OutboxKind::event, bob);
    CHECK(boxes.lease() == "ada-1");
    CHECK(boxes.lease() == "bob-1");
    CHECK(boxes.lease().empty());
    REQUIRE(boxes.outbox.postpone(first, 0, text("it hangs")).has_value());
    CHECK(boxes.lease() == "ada-1");
    REQUIRE(boxes.outbox.postpone(first, 3'600'000, text("it hangs")).has_value());
    CHECK(boxes.lease().empty());
    REQUIRE(boxes.outbox.give_up(first, text("gone")).has_value());
    CHECK(boxes.lease() == "ada-2");
}

TEST_CASE(
    "a retry begins the day anew, keeps when it happened, and leaves alone what is on its way") {
    Boxes boxes;
    const Uuid id = boxes.put("mail", OutboxKind::mail);
    const std::string created = boxes.field("created_at", id);
    CHECK(boxes.lease() == "mail");
    CHECK(boxes.outbox.retry(id).value() == 0);
    REQUIRE(boxes.outbox.give_up(id, text("550")).has_value());
    CHECK(boxes.lease().empty());
    CHECK(boxes.outbox.list(10, false)->at(0).state == OutboxState::failed);
    CHECK(boxes.outbox.retry(id).value() == 1);
    CHECK(boxes.field("created_at", id) == created);
    CHECK(boxes.outbox.list(10, false)->at(0).state == OutboxState::waiting);
    auto row = boxes.outbox.lease(60, {});
    REQUIRE((row.has_value() && row->has_value()));
    CHECK((*row)->attempts == 1);
    CHECK((*row)->age_s == 0);
    REQUIRE(boxes.outbox.postpone(id, 3'600'000, text("451")).has_value());
    CHECK(boxes.outbox.retry(id).value() == 1);  // it waits, so it need not wait any longer
    CHECK(boxes.lease() == "mail");
    CHECK(boxes.outbox.retry(Uuid::parse(new_id().str()).value()).value() == 0);
    CHECK(boxes.database.audited("outbox-retried").size() == 2);
}

TEST_CASE("all that was given up is retried at once, and what waits goes on waiting") {
    Boxes boxes;
    for (const char* name : {"one", "two", "three"}) {
        const Uuid id = boxes.put(name, OutboxKind::mail);
        if (name != std::string("three")) {
            REQUIRE(boxes.outbox.give_up(id, text("550")).has_value());
        } else {
            REQUIRE(boxes.outbox.postpone(id, 3'600'000, text("451")).has_value());
        }
    }
    CHECK(boxes.outbox.retry_failed().value() == 2);
    CHECK(boxes.lease() == "one");
    CHECK(boxes.lease() == "two");
    CHECK(boxes.lease().empty());
    CHECK(boxes.outbox.retry_failed().value() == 0);
}

}  // namespace signet::test
