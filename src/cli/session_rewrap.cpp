#include "cli/session_rewrap.hpp"

#include "base/secret.hpp"
#include "cli/output.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace signet::cli {
namespace {

struct Count {
    std::size_t outdated = 0;
    std::size_t unreadable = 0;
    std::string reason;  // why the first of them cannot be read
};

Result<void> rewrap_one(const SealedSession& session, SessionCare& care,
                        const SessionSealer& sealer, Count& count) {
    auto key = sealer.open(session.sealed_key, session.id);
    if (!key) {
        if (count.unreadable++ == 0) {
            count.reason = key.error().log_detail;
        }
        return {};
    }
    const WipeOnExit wiped(*key);
    ++count.outdated;
    const auto done = care.reseal(session, sealer.seal(*key, session.id));
    return done ? Result<void>() : Result<void>(done.error());
}

Result<Count> rewrap_all(SessionCare& care, const SessionSealer& sealer, bool yes) {
    Count count;
    std::optional<SessionId> after;
    bool noted = false;
    for (;;) {
        const auto page = care.list_sealed(after, kRewrapBatch);
        if (!page) {
            return page.error();
        }
        for (const SealedSession& session : *page) {
            if (sealer.current(session.sealed_key)) {
                continue;
            }
            if (!yes) {
                ++count.outdated;
                continue;
            }
            if (!noted) {
                if (auto note = care.note_rewrap(); !note) {
                    return note.error();
                }
                noted = true;
            }
            if (auto done = rewrap_one(session, care, sealer, count); !done) {
                return done.error();
            }
        }
        if (page->size() < kRewrapBatch) {
            return count;
        }
        after = page->back().id;
    }
}

}  // namespace

int sessions_rewrap(SessionCare& care, const SessionSealer& sealer, bool yes, const CommandIo& io) {
    const auto count = rewrap_all(care, sealer, yes);
    if (!count) {
        return fail(io, count.error());
    }
    if (count->outdated > 0) {
        io.out << (yes ? "Sealed the keys of " : "Would seal the keys of ") << count->outdated
               << " session(s) under the first key-encryption key.\n";
        if (!yes) {
            io.out << "No session was changed. Say --yes to do it.\n";
        }
    }
    if (count->unreadable > 0) {
        return fail(
            io, std::to_string(count->unreadable) +
                    " session(s) cannot be read, and nobody can refresh them: " + count->reason);
    }
    return kExitOk;
}

}  // namespace signet::cli
