#include "cli/outbox.hpp"

#include "base/system.hpp"
#include "cli/output.hpp"

#include <ostream>
#include <string_view>
#include <vector>

namespace signet::cli {
namespace {

void write_entry(JsonWriter& json, const OutboxEntry& entry) {
    json.begin_object()
        .member("id", entry.id.str())
        .member("kind", to_string(entry.kind))
        .member("name", entry.name)
        .member("to", entry.recipient)
        .member("state", to_string(entry.state))
        .member("attempts", entry.attempts)
        .member("error", entry.error)
        .member("createdAt", rfc3339(entry.created_at_s))
        .member("dueAt", rfc3339(entry.due_at_s))
        .end_object();
}

std::vector<std::string> cells_of(const OutboxEntry& entry) {
    return {entry.id.str(),
            std::string(to_string(entry.kind)),
            shown(entry.name),
            entry.recipient ? shown(*entry.recipient) : "-",
            std::string(to_string(entry.state)),
            std::to_string(entry.attempts),
            rfc3339(entry.created_at_s),
            entry.state == OutboxState::waiting ? rfc3339(entry.due_at_s) : "-",
            entry.error.empty() ? "-" : shown(entry.error)};
}

}  // namespace

int outbox_list(const OutboxCommand& command, std::size_t limit, bool sent) {
    // One more than wanted tells whether there are more.
    auto entries = command.outbox.list(limit + 1, sent);
    if (!entries) {
        return fail(command.io, entries.error());
    }
    const bool more = entries->size() > limit;
    if (more) {
        entries->pop_back();
    }
    print_rows(command.io, command.json, *entries, write_entry,
               {"ID", "KIND", "NAME", "TO", "STATE", "ATTEMPTS", "CREATED", "DUE", "ERROR"},
               cells_of);
    if (more) {
        command.io.err << "signet: there are younger rows; these are the oldest " << limit
                       << ". --limit shows more of them\n";
    }
    return kExitOk;
}

int outbox_retry(const OutboxCommand& command, const OutboxChoice& choice) {
    const auto uuid = choice.id ? Uuid::parse(*choice.id) : std::nullopt;
    if (choice.id && !uuid) {
        command.io.err << "signet: ID has to be one that `signet outbox list` shows\n";
        return kExitWrongUsage;
    }
    const auto count = uuid                  ? command.outbox.retry(*uuid)
                       : choice.sent_since_s ? command.outbox.retry_sent(*choice.sent_since_s)
                                             : command.outbox.retry_failed();
    if (!count) {
        return fail(command.io, count.error());
    }
    if (uuid && *count == 0) {
        return fail(
            command.io,
            "there is no such row, because its mail was delivered, or it is being delivered");
    }
    command.io.out << *count << (*count == 1 ? " row is" : " rows are")
                   << " delivered as soon as a server is free\n";
    return kExitOk;
}

}  // namespace signet::cli
