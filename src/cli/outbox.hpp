#pragma once

#include "cli/commands.hpp"

#include <signet/ports/outbox.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace signet::cli {

// The commands of `signet outbox`. They return the exit code of the process.

struct OutboxCommand {
    Outbox& outbox;
    const CommandIo& io;
    bool json = false;
};

// What is to be delivered now: a row, the events that were delivered since a Unix time, or without
// both all that was given up.
struct OutboxChoice {
    std::optional<std::string> id;
    std::optional<std::int64_t> sent_since_s;
};

// Lists what waits and what was given up, the oldest first; with `sent` events that were delivered,
// too. If there is more than the limit, standard error says so.
int outbox_list(const OutboxCommand& command, std::size_t limit, bool sent);
// Has what is chosen delivered now.
int outbox_retry(const OutboxCommand& command, const OutboxChoice& choice);

}  // namespace signet::cli
