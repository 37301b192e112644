#pragma once

#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet {

// What a row of the outbox says, by name. Names and values are UTF-8.
using MessageValues = std::map<std::string, std::string>;
inline constexpr std::size_t kMessageValuesMax = 32;

// What a row of the outbox is for: to decide what somebody who asked gets, to be sent by mail, or
// to be posted to AUTH_EVENTS_URL.
enum class OutboxKind : std::uint8_t { ask, mail, event };
std::string_view to_string(OutboxKind kind);
std::optional<OutboxKind> to_outbox_kind(std::string_view text);

// What is to be sent, before it is in the store.
struct NewOutboxRow {
    Uuid id;
    OutboxKind kind = OutboxKind::mail;
    Text name;                      // of the ask, the template or the event
    std::optional<UserId> user;     // whose events stay in order
    std::optional<Text> recipient;  // the address of a mail, for the operator
    Text body;                      // sealed
};

// A row that is to be delivered now.
struct OutboxRow {
    Uuid id;
    OutboxKind kind = OutboxKind::mail;
    std::string name;
    std::optional<UserId> user;
    std::optional<std::string> recipient;
    std::string body;
    std::int64_t attempts = 0;  // with this one
    std::int64_t age_s = 0;
    std::int64_t created_at_s = 0;
};

enum class OutboxState : std::uint8_t { waiting, failed, sent };
std::string_view to_string(OutboxState state);
std::optional<OutboxState> to_outbox_state(std::string_view text);

// A row as an operator sees it.
struct OutboxEntry {
    Uuid id;
    OutboxKind kind = OutboxKind::mail;
    std::string name;
    std::optional<std::string> recipient;
    OutboxState state = OutboxState::waiting;
    std::int64_t attempts = 0;
    std::int64_t created_at_s = 0;
    std::int64_t due_at_s = 0;
    std::string error;
};

// What a row says, as it stands in the store.
struct SealedRow {
    Uuid id;
    std::string body;
    bool failed = false;  // given up
};

// How many rows are in the outbox, up to kOutboxCountedMax of each kind.
struct OutboxFigures {
    std::int64_t mails = 0;  // that wait, with what is asked for and not decided yet
    std::int64_t events = 0;
    std::int64_t failed = 0;    // given up
    std::int64_t oldest_s = 0;  // age of the oldest that waits; 0: none does
};
inline constexpr std::size_t kOutboxCountedMax = 10'000;

// Writes rows in the transaction that causes them.
class OutboxWriter {
public:
    virtual ~OutboxWriter() = default;
    virtual Result<void> put(const NewOutboxRow& row) = 0;
    virtual Result<void> remove(const Uuid& id) = 0;
};

// What somebody delivers.
struct OutboxLine {
    bool asks = true;
    bool mails = true;
    bool events = true;
};

// The outbox for those who deliver what is in it. Every change is durable when its method returns.
// An object belongs to one thread and has the errors of AccountStore.
class Outbox {
public:
    virtual ~Outbox() = default;

    // Writes one row that no other change causes. The further error is outbox_full, for an ask
    // where kAsksWaitingMax of them wait.
    virtual Result<void> put(const NewOutboxRow& row) = 0;
    // Takes the row of this line that is due for longest, so that nobody else takes it for
    // `lease_s` seconds. Of the events of one user only the first that was not delivered is taken.
    // Returns nothing if none is due.
    virtual Result<std::optional<OutboxRow>> lease(std::int64_t lease_s,
                                                   const OutboxLine& line) = 0;
    // Removes what was delivered, but keeps an event for kSentKeptS, so that it can be sent again.
    virtual Result<void> settle(const Uuid& id) = 0;
    // Has the row wait for the next attempt.
    virtual Result<void> postpone(const Uuid& id, std::int64_t pause_ms, const Text& error) = 0;
    // Ends the attempts. The row stays for an operator to see, for kFailedKeptS.
    virtual Result<void> give_up(const Uuid& id, const Text& error) = 0;

    virtual Result<OutboxFigures> count() = 0;
    // The oldest rows first; with `sent` events that were delivered, too.
    virtual Result<std::vector<OutboxEntry>> list(std::size_t limit, bool sent) = 0;
    // Makes the row due now, as if it were new, or all that were given up, or the events that were
    // delivered since this Unix time, and notes it in the audit. Returns how many rows that are:
    // none if there is no such row, or somebody is just delivering it.
    virtual Result<std::size_t> retry(const Uuid& id) = 0;
    virtual Result<std::size_t> retry_failed() = 0;
    virtual Result<std::size_t> retry_sent(std::int64_t since_s) = 0;
    // Removes rows that were given up or delivered long ago, tickets whose time is over, and what
    // was counted for limits of mail and counts no longer: at most `limit` of each. Returns how
    // many these were; fewer than `limit` says that nothing is left.
    virtual Result<std::size_t> sweep(std::size_t limit) = 0;

    // Returns at most `limit` rows after the id `after`, ordered by id.
    virtual Result<std::vector<SealedRow>> list_sealed(const std::optional<Uuid>& after,
                                                       std::size_t limit) = 0;
    // Replaces what the row says by the same under another key. Returns false if the row is gone,
    // or its body is no longer that of `was`.
    virtual Result<bool> reseal(const SealedRow& was, const Text& body) = 0;
    // Writes a row to the audit that says that the operator begins to seal the rows anew.
    virtual Result<void> note_rewrap() = 0;
};

// How many asks may wait to be decided. Without a limit strangers could fill the database, and
// delay the mails of others for long: some hundred are decided in a second.
inline constexpr std::size_t kAsksWaitingMax = 10'000;
inline constexpr std::int64_t kFailedKeptS = std::int64_t{30} * 86400;
inline constexpr std::int64_t kSentKeptS = std::int64_t{7} * 86400;

// The error of Outbox::put().
inline Error asks_full() {
    return {Errc::outbox_full, std::to_string(kAsksWaitingMax) + " asks for mails wait already"};
}

}  // namespace signet
