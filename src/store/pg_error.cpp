#include "store/pg_error.hpp"

#include <algorithm>
#include <array>
#include <new>

// libpqxx 7 deprecates names that 6.4 needs.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "store/pg_pqxx.hpp"

namespace signet::store {
namespace {

struct Meaning {
    std::string_view sqlstate;  // a whole SQLSTATE, or its two-character class
    Errc errc;
    bool broken;
    bool retryable;
};

// The codes of appendix A of the PostgreSQL manual. The first row that matches decides.
constexpr std::array kMeanings{
    Meaning{"57014", Errc::store_timeout, false, false},     // statement_timeout
    Meaning{"55P03", Errc::store_timeout, false, false},     // lock_timeout
    Meaning{"40", Errc::store_timeout, false, false},        // deadlock, serialization failure
    Meaning{"25006", Errc::store_read_only, true, false},    // the primary may be elsewhere now
    Meaning{"53100", Errc::store_full, false, false},        // disk full
    Meaning{"53300", Errc::store_unavailable, true, false},  // too many connections
    Meaning{"25P03", Errc::store_unavailable, true, true},   // idle in transaction too long
    Meaning{"57P", Errc::store_unavailable, true, true},     // shut down, starting, idle too long
    Meaning{"08", Errc::store_unavailable, true, true},      // connection exceptions
    Meaning{"0A000", Errc::store_unavailable, true, true},   // a prepared result changed its type
    Meaning{"26000", Errc::store_unavailable, true, true},   // a prepared statement is gone
    Meaning{"42P05", Errc::store_unavailable, true, true},   // or is there, from another session
};

// Connection, rollback, resources, not in the right state, operator, system, internal.
constexpr std::array<std::string_view, 7> kPassingClasses{"08", "40", "53", "55", "57", "58", "XX"};

std::string first_line(std::string_view message) {
    return std::string(message.substr(0, message.find('\n')));
}

Failure contention(std::string_view sqlstate, std::string_view message) {
    return {.error = {Errc::store_timeout, first_line(message)}, .sqlstate = std::string(sqlstate)};
}

Failure in_doubt() {
    return {.error = {Errc::store_in_doubt, "the connection broke during COMMIT"},
            .sqlstate = {},
            .broken = true};
}

// libpqxx 6.4, unlike 7.10, does not derive the exceptions of class 40 from sql_error, and gives no
// SQLSTATE for missing rights.
Failure translate_current() {
    try {
        throw;
    } catch (const pqxx::in_doubt_error&) {
        return in_doubt();
    } catch (const pqxx::statement_completion_unknown&) {
        return in_doubt();
    } catch (const pqxx::deadlock_detected& e) {
        return contention("40P01", e.what());
    } catch (const pqxx::serialization_failure& e) {
        return contention("40001", e.what());
    } catch (const pqxx::transaction_rollback& e) {
        return contention("40000", e.what());
    } catch (const pqxx::insufficient_privilege& e) {
        return translate_sqlstate("42501", e.what());
    } catch (const pqxx::sql_error& e) {
        return translate_sqlstate(e.sqlstate(), e.what());
    } catch (const pqxx::broken_connection& e) {
        return {.error = {Errc::store_unavailable, first_line(e.what())},
                .sqlstate = {},
                .broken = true,
                .retryable = true};
    } catch (const std::bad_alloc&) {
        return {.error = {Errc::out_of_memory, "store"}, .sqlstate = {}, .broken = true};
    } catch (const std::exception& e) {
        return {
            .error = {Errc::store_failed, first_line(e.what())}, .sqlstate = {}, .broken = true};
    }
}

}  // namespace

Failure translate_current_exception(bool committing) {
    Failure failure = translate_current();
    if (committing && failure.broken && failure.error.errc == Errc::store_unavailable) {
        return in_doubt();
    }
    return failure;
}

Failure translate_sqlstate(std::string_view sqlstate, std::string_view message) {
    std::string detail = "SQLSTATE " + std::string(sqlstate);
    if (!sqlstate.starts_with("22")) {
        detail += ": " + first_line(message);
    }
    if (sqlstate == "26000" || sqlstate == "42P05") {
        detail += " (behind a pooler such as PgBouncer: it has to pool by session)";
    }
    const auto* const found =
        std::find_if(kMeanings.begin(), kMeanings.end(),
                     [&](const Meaning& m) { return sqlstate.starts_with(m.sqlstate); });
    // Usually a prepared result has changed its type, but a rule on a table never goes away.
    const bool for_ever =
        sqlstate == "0A000" && message.find("cannot perform") != std::string::npos;
    if (found == kMeanings.end() || for_ever) {
        return {.error = {Errc::store_failed, detail}, .sqlstate = std::string(sqlstate)};
    }
    return {.error = {found->errc, detail},
            .sqlstate = std::string(sqlstate),
            .broken = found->broken,
            .retryable = found->retryable};
}

bool may_pass(std::string_view sqlstate) {
    return sqlstate.empty() || std::find(kPassingClasses.begin(), kPassingClasses.end(),
                                         sqlstate.substr(0, 2)) != kPassingClasses.end();
}

Error translate_connect_failure(std::string_view message) {
    // Only the text of the message tells it, in libpq and in libpqxx (fe-connect.c, PQconnectPoll).
    const bool read_only = message.find("session is read-only") != std::string_view::npos ||
                           message.find("hot standby mode") != std::string_view::npos;
    std::string line(message);
    while (line.ends_with('\n')) {
        line.pop_back();
    }
    std::erase(line, '\t');
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (line.find("unsupported startup parameter") != std::string::npos) {
        line +=
            " (a pooler such as PgBouncer takes no startup options: take `options` out of the URL "
            "and PGOPTIONS out of the environment, and set such values on the role, by alter role "
            "... set ...)";
    }
    return {read_only ? Errc::store_read_only : Errc::store_unavailable, line};
}

}  // namespace signet::store

#pragma GCC diagnostic pop
