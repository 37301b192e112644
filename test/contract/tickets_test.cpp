#include "contract/databases.hpp"
#include "store/sql_text.hpp"
#include "support/postgres.hpp"
#include "support/printing.hpp"

#include <signet/domain/mail_policy.hpp>
#include <signet/ports/outbox.hpp>
#include <signet/ports/tickets.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Checks tickets, codes and the outbox.
namespace signet::test {
namespace {

NewTicket ticket_of(const UserId& user, std::string_view hash,
                    TicketPurpose purpose = TicketPurpose::reset_password) {
    NewTicket ticket{user, purpose, text("ada@example.org")};
    ticket.hash = text(hash);
    ticket.lifetime_s = 3600;
    return ticket;
}

NewOutboxRow row_of(OutboxKind kind, std::string_view name,
                    const std::optional<UserId>& user = std::nullopt) {
    return {new_id(), kind, text(name), user, text("ada@example.org"), text("v1.sealed")};
}

// Runs `work` in a transaction and commits it.
void commit(const Ports& ports, const std::function<void(AccountTransaction&)>& work) {
    const auto transaction = ports.sessions->begin({});
    REQUIRE(transaction);
    work(**transaction);
    REQUIRE((*transaction)->commit());
}

bool is_good(const Ports& ports, std::string_view hash) {
    const auto transaction = ports.sessions->begin({});
    REQUIRE(transaction);
    return (*transaction)->tickets().lock(text(hash)).value().has_value();
}

TEST_CASE_TEMPLATE("a ticket says what it was made for, and whether the address was proven",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    const NewSession session = new_session();
    REQUIRE(create(*ports.sessions, ada, session));
    NewTicket made = ticket_of(ada.id, "one", TicketPurpose::change_email);
    made.new_address = text("new@example.org");
    made.redirect_to = text("https://app.test/");
    made.username = text("lovelace");
    made.password_hash = text("$argon2id$other");
    made.session = session.id;
    commit(ports,
           [&](AccountTransaction& transaction) { REQUIRE(transaction.tickets().put(made)); });
    const auto transaction = ports.sessions->begin({}).value();
    TicketStore& tickets = transaction->tickets();
    const Ticket found = *tickets.lock(text("one")).value();
    CHECK(found.user == ada.id);
    CHECK(found.purpose == TicketPurpose::change_email);
    CHECK(found.address == "ada@example.org");
    CHECK(found.new_address == "new@example.org");
    CHECK(found.redirect_to == "https://app.test/");
    CHECK(found.username == "lovelace");
    CHECK(found.password_hash == "$argon2id$other");
    CHECK(found.session == session.id);
    CHECK(found.active);
    CHECK_FALSE(found.proven);
    CHECK_FALSE(tickets.lock(text("two")).value());
    REQUIRE(tickets.prove(ada.id, text("Ada@Example.org")));
    CHECK(tickets.lock(text("one")).value()->proven);
    CHECK(tickets.lock_recipient(ada.id).value()->proven);
    REQUIRE(tickets.set_email(ada.id, text("new@example.org")));
    CHECK_FALSE(tickets.lock_recipient(ada.id).value()->proven);
    CHECK_FALSE(tickets.lock(text("one")).value());
}

TEST_CASE_TEMPLATE("a ticket ends with its time, its purpose, its address and its user", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "reset")));
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "again")));
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "link", TicketPurpose::sign_in_link)));
    });
    CHECK(is_good(ports, "reset"));
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.tickets().spend(ada.id, TicketPurpose::reset_password));
    });
    CHECK_FALSE(is_good(ports, "reset"));
    CHECK_FALSE(is_good(ports, "again"));
    CHECK(is_good(ports, "link"));
    database.set_email(ada.id, "other@example.org");
    CHECK_FALSE(is_good(ports, "link"));
    database.set_email(ada.id, "ADA@example.org");
    CHECK(is_good(ports, "link"));
    database.age_mail(3600);
    CHECK_FALSE(is_good(ports, "link"));
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "last")));
    });
    REQUIRE(ports.admin->remove(ada.id));
    CHECK_FALSE(is_good(ports, "last"));
}

TEST_CASE_TEMPLATE("a ticket says whether several have signed up, until the address is proven",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    const auto transaction = ports.sessions->begin({}).value();
    TicketStore& tickets = transaction->tickets();
    REQUIRE(tickets.put(ticket_of(ada.id, "one")));
    CHECK_FALSE(tickets.lock(text("one")).value()->contested);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(tickets.contest(ada.id));
        CHECK(tickets.lock(text("one")).value()->contested);
        CHECK_FALSE(tickets.lock(text("one")).value()->proven);
    }
    REQUIRE(tickets.prove(ada.id, text("ada@example.org")));
    CHECK_FALSE(tickets.lock(text("one")).value()->contested);
    CHECK(tickets.lock(text("one")).value()->proven);
}

TEST_CASE_TEMPLATE("a ticket of a user without an address is good until there is one", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    NewAccount ada = new_account("ada", "ada@example.org");
    ada.email.reset();
    REQUIRE(create(*ports.sessions, ada, new_session()));
    NewTicket made = ticket_of(ada.id, "one", TicketPurpose::change_email);
    made.address = text("");
    made.new_address = text("new@example.org");
    commit(ports,
           [&](AccountTransaction& transaction) { REQUIRE(transaction.tickets().put(made)); });
    CHECK(is_good(ports, "one"));
    database.set_email(ada.id, "other@example.org");
    CHECK_FALSE(is_good(ports, "one"));
}

TEST_CASE_TEMPLATE("a new password, by whom ever it is set, ends all tickets of the user", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    const NewSession session = new_session();
    REQUIRE(create(*ports.sessions, ada, session));
    const auto put = [&] {
        commit(ports, [&](AccountTransaction& transaction) {
            REQUIRE(transaction.tickets().put(ticket_of(ada.id, "one")));
        });
    };
    put();
    const PasswordChange change{ada.password_hash, text("$argon2id$second")};
    REQUIRE(change_password(*ports.sessions, ada.id, change, session.id).value());
    CHECK_FALSE(is_good(ports, "one"));
    put();
    REQUIRE(ports.admin->set_password(ada.id, text("$argon2id$third")));
    CHECK_FALSE(is_good(ports, "one"));
}

TEST_CASE_TEMPLATE("a code replaces the one before and is good for five tries", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    CHECK_FALSE(ports.codes->try_code(ada.id).value());
    for (const char* hash : {"first", "second"}) {
        commit(ports, [&](AccountTransaction& transaction) {
            REQUIRE(
                transaction.tickets().put(ticket_of(ada.id, hash, TicketPurpose::sign_in_code)));
        });
    }
    CHECK_FALSE(is_good(ports, "first"));
    for (int i = 0; i < kCodeTriesMax; ++i) {
        CHECK(ports.codes->try_code(ada.id).value() == text("second"));
    }
    CHECK_FALSE(ports.codes->try_code(ada.id).value());
    CHECK_FALSE(ports.codes->try_code(new_id()).value());
}

TEST_CASE_TEMPLATE("mails count for an address in any case and for a user, within the time",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    const UserId& user = ada.id;
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.tickets().note_mail(text("Ada@Example.org"), user));
        REQUIRE(transaction.tickets().note_mail(text("other@example.org"), user));
    });
    const auto count = [&](std::string_view address, const std::optional<UserId>& of,
                           std::int64_t seconds) {
        const auto transaction = ports.sessions->begin({});
        return (*transaction)->tickets().count_mails(text(address), of, seconds).value();
    };
    CHECK(count("ada@example.org", std::nullopt, 60) == 1);
    CHECK(count("ada@example.org", user, 60) == 2);
    CHECK(count("nobody@example.org", std::nullopt, 60) == 0);
    database.age_mail(61);
    CHECK(count("ada@example.org", user, 60) == 0);
    CHECK(count("ada@example.org", user, 3600) == 2);
}

TEST_CASE_TEMPLATE("a row of the outbox is leased by one at a time, and stays until it is removed",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    const NewOutboxRow row = row_of(OutboxKind::mail, "reset-password");
    REQUIRE(ports.outbox->put(row));
    const OutboxRow leased = *ports.outbox->lease(60, {}).value();
    CHECK(leased.id == row.id);
    CHECK(leased.name == "reset-password");
    CHECK(leased.recipient == "ada@example.org");
    CHECK(leased.body == "v1.sealed");
    CHECK(leased.attempts == 1);
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    database.age_mail(61);
    CHECK(ports.outbox->lease(60, {}).value()->attempts == 2);
    REQUIRE(ports.outbox->postpone(row.id, 5000, text("451 later")));
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    CHECK(ports.outbox->list(10, false).value().at(0).error == "451 later");
    database.age_mail(5);
    CHECK(ports.outbox->lease(60, {}).value().has_value());
    REQUIRE(ports.outbox->give_up(row.id, text("550 never")));
    database.age_mail(3600);
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    CHECK(ports.outbox->list(10, false).value().at(0).state == OutboxState::failed);
    CHECK(ports.outbox->retry(row.id).value() == 1);
    CHECK(ports.outbox->retry(new_id()).value() == 0);
    CHECK(ports.outbox->lease(60, {}).value()->attempts == 1);
    REQUIRE(ports.outbox->settle(row.id));
    CHECK(ports.outbox->list(10, false).value().empty());
}

TEST_CASE_TEMPLATE("the outbox says how many rows wait or were given up, and for how long",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const auto ports = database.ports();
    Outbox& outbox = *ports.outbox;
    OutboxFigures figures = outbox.count().value();
    CHECK(figures.mails + figures.events + figures.failed + figures.oldest_s == 0);
    const auto put = [&](OutboxKind kind) {
        const Uuid id = Uuid::parse(new_id().str()).value();
        REQUIRE(outbox.put({id, kind, text("name"), new_id(), std::nullopt, text("v1.x")}));
        return id;
    };
    put(OutboxKind::ask);
    put(OutboxKind::mail);
    REQUIRE(outbox.give_up(put(OutboxKind::mail), text("550")));
    REQUIRE(outbox.settle(put(OutboxKind::event)));
    put(OutboxKind::event);
    figures = outbox.count().value();
    CHECK(figures.mails == 2);
    CHECK(figures.events == 1);
    CHECK(figures.failed == 1);
    CHECK(figures.oldest_s < 60);
}

TEST_CASE_TEMPLATE("events of a user are delivered one after the other, those of others meanwhile",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId ada = new_id();
    const UserId bob = new_id();
    const NewOutboxRow first = row_of(OutboxKind::event, "user.created", ada);
    const NewOutboxRow second = row_of(OutboxKind::event, "password.changed", ada);
    const NewOutboxRow other = row_of(OutboxKind::event, "user.created", bob);
    for (const NewOutboxRow& row : {first, second, other}) {
        REQUIRE(ports.outbox->put(row));
    }
    CHECK(ports.outbox->lease(60, {}).value()->id == first.id);
    CHECK(ports.outbox->lease(60, {}).value()->id == other.id);
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    REQUIRE(ports.outbox->settle(first.id));
    CHECK(ports.outbox->lease(60, {}).value()->id == second.id);
}

TEST_CASE_TEMPLATE("an event that was delivered can be sent again for a week, a mail cannot",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const UserId ada = new_id();
    const NewOutboxRow first = row_of(OutboxKind::event, "user.created", ada);
    const NewOutboxRow second = row_of(OutboxKind::event, "password.changed", ada);
    const NewOutboxRow mail = row_of(OutboxKind::mail, "reset-password");
    for (const NewOutboxRow& row : {first, second, mail}) {
        REQUIRE(ports.outbox->put(row));
        REQUIRE(ports.outbox->lease(60, {}).value()->id == row.id);
        REQUIRE(ports.outbox->settle(row.id));
    }
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    CHECK(ports.outbox->list(10, false).value().empty());
    const auto sent = ports.outbox->list(10, true).value();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].state == OutboxState::sent);
    CHECK(ports.outbox->retry(mail.id).value() == 0);
    CHECK(ports.outbox->retry_failed().value() == 0);
    CHECK(ports.outbox->retry_sent(4'000'000'000).value() == 0);
    CHECK(ports.outbox->retry_sent(0).value() == 2);
    CHECK(ports.outbox->lease(60, {}).value()->id == first.id);
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    REQUIRE(ports.outbox->settle(first.id));
    CHECK(ports.outbox->lease(60, {}).value()->attempts == 1);
    REQUIRE(ports.outbox->settle(second.id));
    CHECK(ports.outbox->retry(second.id).value() == 1);
    CHECK(ports.outbox->lease(60, {}).value()->id == second.id);
    REQUIRE(ports.outbox->settle(second.id));
    CHECK(ports.outbox->sweep(10).value() == 0);
    database.age_mail(kSentKeptS + 1);
    CHECK(ports.outbox->sweep(10).value() == 2);
}

TEST_CASE_TEMPLATE("a row that a transaction wrote is there when it commits, and not before",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    {
        const auto transaction = ports.sessions->begin({}).value();
        REQUIRE(transaction->outbox().put(row_of(OutboxKind::mail, "reset-password")));
    }
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    const NewOutboxRow ask = row_of(OutboxKind::ask, "reset-password");
    REQUIRE(ports.outbox->put(ask));
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.outbox().remove(ask.id));
        REQUIRE(transaction.outbox().put(row_of(OutboxKind::mail, "reset-password")));
    });
    CHECK(ports.outbox->lease(60, {}).value()->kind == OutboxKind::mail);
}

TEST_CASE_TEMPLATE("asks that wait are bounded, and what else is put is not", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewOutboxRow first = row_of(OutboxKind::ask, "reset-password");
    REQUIRE(ports.outbox->put(first));
    for (std::size_t i = 1; i < kAsksWaitingMax; ++i) {
        REQUIRE(ports.outbox->put(row_of(OutboxKind::ask, "reset-password")));
    }
    CHECK(ports.outbox->put(row_of(OutboxKind::ask, "reset-password")).error().errc ==
          Errc::outbox_full);
    CHECK(ports.outbox->put(row_of(OutboxKind::mail, "reset-password")));
    REQUIRE(ports.outbox->settle(first.id));
    CHECK(ports.outbox->put(row_of(OutboxKind::ask, "reset-password")));
}

TEST_CASE_TEMPLATE("what mail leaves behind is swept in steps, and what still counts stays",
                   Database, FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    constexpr std::size_t kEach = 5;
    const auto write = [&] {
        for (std::size_t i = 0; i < kEach; ++i) {
            const NewOutboxRow row = row_of(OutboxKind::mail, "reset-password");
            REQUIRE(ports.outbox->put(row));
            REQUIRE(ports.outbox->give_up(row.id, text("550")));
            commit(ports, [&](AccountTransaction& transaction) {
                TicketStore& tickets = transaction.tickets();
                REQUIRE(tickets.put(ticket_of(ada.id, new_id().str())));
                REQUIRE(tickets.note_mail(text("ada@example.org"), ada.id));
            });
        }
    };
    write();
    CHECK(ports.outbox->sweep(10).value() == 0);
    database.age_mail(std::max(kFailedKeptS, kMailLimitMaxS) + 10);
    const NewOutboxRow waits = row_of(OutboxKind::mail, "reset-password");
    REQUIRE(ports.outbox->put(waits));
    write();
    CHECK(ports.outbox->sweep(2).value() == 3 * 2);
    CHECK(ports.outbox->sweep(2).value() == 3 * 2);
    CHECK(ports.outbox->sweep(2).value() == 3 * 1);
    CHECK(ports.outbox->sweep(2).value() == 0);
    CHECK(ports.outbox->list(100, false).value().size() == kEach + 1);
    const auto transaction = ports.sessions->begin({}).value();
    CHECK(transaction->tickets().count_mails(text("ada@example.org"), {}, kMailLimitMaxS).value() ==
          kEach);
}

TEST_CASE_TEMPLATE("rows of the outbox are sealed anew, unless they have changed", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    std::set<std::string> written;
    for (int i = 0; i < 5; ++i) {
        const NewOutboxRow row = row_of(OutboxKind::mail, "reset-password");
        REQUIRE(ports.outbox->put(row));
        written.insert(row.id.str());
    }
    const Uuid last = Uuid::parse(*written.rbegin()).value();
    REQUIRE(ports.outbox->give_up(last, text("550")));
    std::vector<std::string> listed;
    std::optional<Uuid> after;
    for (auto page = ports.outbox->list_sealed(after, 2).value(); !page.empty();
         page = ports.outbox->list_sealed(after, 2).value()) {
        for (const SealedRow& row : page) {
            listed.push_back(row.id.str());
            CHECK(row.body == "v1.sealed");
            CHECK(row.failed == (row.id == last));
        }
        after = page.back().id;
    }
    CHECK(listed == std::vector(written.begin(), written.end()));
    const SealedRow was{last, "v1.sealed"};
    CHECK(ports.outbox->reseal(was, text("v1.other")).value());
    CHECK_FALSE(ports.outbox->reseal(was, text("v1.third")).value());
    CHECK_FALSE(ports.outbox->reseal({new_id(), "v1.sealed"}, text("v1.other")).value());
    CHECK(ports.outbox->list_sealed(after, 2).value().empty());
    REQUIRE(ports.outbox->note_rewrap());
    CHECK(database.audited("outbox-rewrapped") == std::vector<std::string>{"outbox"});
}

TEST_CASE("a row that comes twice, because an answer was lost, is there once") {
    PgDatabase database;
    const Ports ports = database.ports();
    const NewOutboxRow row = row_of(OutboxKind::ask, "reset-password");
    REQUIRE(ports.outbox->put(row));
    REQUIRE(ports.outbox->put(row));
    CHECK(ports.outbox->list(10, false).value().size() == 1);
}

std::string plan_of(const std::string& url, const store::sql::Query& query,
                    const std::string& arguments) {
    std::string plan;
    for (const auto& row : run_sql(url, "prepare asked as " + std::string(query.text) +
                                            "explain execute asked(" + arguments + ")")) {
        plan += row.at(0).value_or("") + '\n';
    }
    return plan;
}

TEST_CASE("neither a sweep nor a delivery reads what is not due") {
    PgDatabase database;
    const std::string& url = database.url();
    run_sql(
        url,
        "insert into \"user\" (username, email) values ('ada', 'ada@example.org');"
        "insert into signet.ticket (hash, user_id, purpose, address, expires_at)"
        " select i::text, id, 'reset-password', 'ada@example.org', now() + interval '1 hour'"
        " from \"user\", generate_series(1, 20000) i;"
        "insert into signet.mail_count (address) select 'a' || i from generate_series(1, 20000) i;"
        "insert into signet.outbox (id, kind, name, body, due_at)"
        " select gen_random_uuid(), 'mail', 'reset-password', 'v1.x', now() + interval '1 hour'"
        " from generate_series(1, 20000) i;"
        "insert into signet.outbox (id, kind, name, body, user_id, due_at, sent_at)"
        " select gen_random_uuid(), 'event', 'user.renamed', 'v1.x', gen_random_uuid(),"
        "  now() + interval '1 hour', case when i % 2 = 0 then now() end"
        " from generate_series(1, 20000) i;"
        "analyze signet.ticket; analyze signet.mail_count; analyze signet.outbox");
    struct Case {
        store::sql::Query query;
        std::string arguments;
        std::vector<std::string> conditions;
    };
    for (const auto& [query, arguments, conditions] : std::vector<Case>{
             {store::sql::sweep_outbox,
              "2592000, 2678400, 500, 604800",
              {"Index Cond: (failed_at <", "Index Cond: (sent_at <", "Index Cond: (expires_at <",
               "Index Cond: (at <"}},
             {store::sql::lease_outbox, "90, true, true", {"Index Cond: (due_at <="}},
             {store::sql::lease_event, "90, 200", {"Index Cond: (due_at <=", "outbox_event_idx"}},
             {store::sql::pass_over_events, "200", {"Index Cond: (due_at <=", "outbox_event_idx"}},
             {store::sql::wake_event, "gen_random_uuid()", {"outbox_event_idx"}},
             {store::sql::count_mails, "'a1', null, 3600", {"Index Cond: ((address ="}}}) {
        const std::string plan = plan_of(url, query, arguments);
        INFO(plan);
        CHECK(plan.find("Seq Scan") == std::string::npos);
        for (const std::string& condition : conditions) {
            CHECK(plan.find(condition) != std::string::npos);
        }
    }
}

TEST_CASE("however many events wait behind one that fails, nobody else waits for them") {
    PgDatabase database;
    const std::string& url = database.url();
    const Ports ports = database.ports();
    const UserId ada = new_id();
    const NewOutboxRow first = row_of(OutboxKind::event, "user.created", ada);
    REQUIRE(ports.outbox->put(first));
    run_sql(url,
            "insert into signet.outbox (id, kind, name, body, user_id)"
            " select gen_random_uuid(), 'event', 'user.renamed', 'v1.x', '" +
                ada.str() + "' from generate_series(1, 3000)");
    CHECK(ports.outbox->lease(60, {}).value()->id == first.id);
    REQUIRE(ports.outbox->postpone(first.id, 3'600'000, text("503")));
    const NewOutboxRow other = row_of(OutboxKind::event, "user.created", new_id());
    REQUIRE(ports.outbox->put(other));
    CHECK(ports.outbox->lease(60, {}).value()->id == other.id);
    const std::string due = "select count(*) from signet.outbox where due_at <= now()";
    CHECK(run_sql(url, due).at(0).at(0) == "0");
    CHECK_FALSE(ports.outbox->lease(60, {}).value());
    // When the first is settled, the second is due at once.
    REQUIRE(ports.outbox->settle(first.id));
    CHECK(run_sql(url, due).at(0).at(0) == "1");
    CHECK(ports.outbox->lease(60, {}).value()->name == "user.renamed");
}

TEST_CASE("no event is forgotten behind another one while many deliver at once") {
    PgDatabase database;
    constexpr int kEvents = 150;
    const UserId ada = new_id();
    std::atomic<int> delivered{0};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const Ports ports = database.ports();
            while (delivered < kEvents && std::chrono::steady_clock::now() < end) {
                const auto row = ports.outbox->lease(60, {});
                if (row && *row && ports.outbox->settle((*row)->id)) {
                    ++delivered;
                }
            }
        });
    }
    const Ports ports = database.ports();
    for (int i = 0; i < kEvents; ++i) {
        CHECK(ports.outbox->put(row_of(OutboxKind::event, "user.renamed", ada)).has_value());
    }
    threads.clear();
    CHECK(delivered == kEvents);
}

TEST_CASE("a user who is deleted leaves no event behind that was delivered") {
    PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    const NewOutboxRow sent = row_of(OutboxKind::event, "user.created", ada.id);
    const NewOutboxRow waits = row_of(OutboxKind::event, "user.renamed", ada.id);
    REQUIRE(ports.outbox->put(sent));
    REQUIRE(ports.outbox->settle(sent.id));
    REQUIRE(ports.outbox->put(waits));
    REQUIRE(ports.admin->remove(ada.id));
    const auto left = ports.outbox->list(10, true).value();
    REQUIRE(left.size() == 1);
    CHECK(left[0].id == waits.id);
}

TEST_CASE("a sweep passes over what somebody holds") {
    PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "held")));
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "free", TicketPurpose::verify_email)));
    });
    database.age_mail(3601);
    const auto transaction = ports.sessions->begin({}).value();
    REQUIRE(transaction->tickets().spend(ada.id, TicketPurpose::reset_password));
    const Ports janitor = database.ports();
    CHECK(janitor.outbox->sweep(10).value() == 1);
    CHECK(janitor.outbox->sweep(10).value() == 0);
}

TEST_CASE("of many who lease at once each row goes to one") {
    PgDatabase database;
    constexpr int kRows = 40;
    for (int i = 0; i < kRows; ++i) {
        REQUIRE(database.ports().outbox->put(row_of(OutboxKind::mail, "reset-password")));
    }
    std::mutex mutex;
    std::multiset<std::string> leased;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const Ports ports = database.ports();
            while (auto row = ports.outbox->lease(60, {}).value()) {
                const std::scoped_lock lock(mutex);
                leased.insert(row->id.str());
            }
        });
    }
    threads.clear();
    CHECK(leased.size() == kRows);
    CHECK(std::set(leased.begin(), leased.end()).size() == kRows);
}

TEST_CASE_TEMPLATE("what a ticket changes of an account is in the audit, once", Database,
                   FakeDatabase, PgDatabase) {
    Database database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    commit(ports, [&](AccountTransaction& transaction) {
        TicketStore& tickets = transaction.tickets();
        REQUIRE(tickets.prove(ada.id, text("ada@example.org")));
        REQUIRE(tickets.prove(ada.id, text("ada@example.org")));
        REQUIRE(tickets.set_password(ada.id, text("another")));
        REQUIRE(tickets.set_email(ada.id, text("new@example.org")));
        REQUIRE(tickets.set_username(ada.id, text("countess")));
    });
    const std::string id = ada.id.str();
    CHECK(database.audited("email-verified") == std::vector{id});
    CHECK(database.audited("password-changed") == std::vector{id});
    CHECK(database.audited("account-changed") == std::vector{id, id});
}

TEST_CASE("of two who use a ticket at once one finds it") {
    PgDatabase database;
    const Ports ports = database.ports();
    const NewAccount ada = new_account("ada", "ada@example.org");
    REQUIRE(create(*ports.sessions, ada, new_session()));
    commit(ports, [&](AccountTransaction& transaction) {
        REQUIRE(transaction.tickets().put(ticket_of(ada.id, "one")));
    });
    std::atomic<int> winners{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const Ports own = database.ports();
            const auto transaction = own.sessions->begin({}).value();
            if (transaction->tickets().lock(text("one")).value()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                REQUIRE(transaction->tickets().spend(ada.id, TicketPurpose::reset_password));
                REQUIRE(transaction->commit());
                ++winners;
            }
        });
    }
    threads.clear();
    CHECK(winners == 1);
}

}  // namespace
}  // namespace signet::test
