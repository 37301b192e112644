#pragma once

#include "cli/commands.hpp"

#include <signet/ports/outbox.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace signet::cli {

// The commands of `signet outbox`. They return the exit code of the process.

struct OutboxCommand {
    Outbox& outbox;
    const CommandIo& io;
    bool json = false;
};

// Lists what waits and what was given up, the oldest first. If there is more than the limit,
// standard error says so.
int outbox_list(const OutboxCommand& command, std::size_t limit);
// Has a row delivered now, or without an id all that were given up.
int outbox_retry(const OutboxCommand& command, const std::optional<std::string>& id);

}  // namespace signet::cli
