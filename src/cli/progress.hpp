#pragma once

#include "cli/commands.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace signet::cli {

// One line that says how far a long command is, drawn again in its place ten times a second at
// most, and taken away at the end. Where standard error is no terminal, nothing is shown. Not
// thread-safe.
class Progress {
public:
    using Now = std::chrono::steady_clock::time_point (*)();

    // `what` says what is being done: "importing users". With a `total` there is a bar, a
    // percentage and the time that is left; without one (0), the count only.
    Progress(const CommandIo& io, std::string what, std::uint64_t total,
             Now now = &std::chrono::steady_clock::now);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    // Says how many are done. Cheap enough for each row.
    void update(std::uint64_t done);
    // Takes the line away, before something else is printed; the next update draws it again.
    void clear();

private:
    std::string line(std::uint64_t done, std::chrono::steady_clock::duration since_start) const;

    std::ostream& err_;
    bool on_terminal_;
    std::string what_;
    std::uint64_t total_;
    Now now_;
    std::chrono::steady_clock::time_point started_at_;
    std::optional<std::chrono::steady_clock::time_point> drawn_at_;
};

}  // namespace signet::cli
