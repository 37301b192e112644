#include "store/pg.hpp"

#include "store/io_deadline.hpp"
#include "store/pg_error.hpp"
#include "store/pg_session.hpp"

#include <optional>
#include <utility>

// libpqxx 7 deprecates names that 6.4 needs.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace signet::store {
namespace {

constexpr std::string_view kLockNotAvailable = "55P03";
// How often two sessions are compared. A pooler that gives sessions away takes the one that was
// used last, or any of a busy pool, so one comparison nearly always tells.
constexpr int kPoolLooks = 4;

// Tells whether tables or columns that our queries name are missing.
bool is_schema_missing(std::string_view sqlstate) {
    return sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3F000" ||
           sqlstate == "42883" || sqlstate == "42704";
}

std::unique_ptr<Session> make_session(const ConnectionOptions& options) {
    return open_newest(options, [&](const std::string& conninfo) {
        return std::make_unique<Session>(conninfo, options);
    });
}

}  // namespace

struct Transaction::Live {
    explicit Live(Session& session)
        : watched(session.watch_transaction()), work(session.connection()) {}

    // One limit covers all of it, because a transaction is a few short statements.
    IoDeadline::Guard watched;
    pqxx::work work;
};

Transaction::Transaction(Connection& connection)
    : connection_(connection), live_(std::make_unique<Live>(*connection.session_)) {}

Transaction::~Transaction() = default;

template <class T, class F>
Result<T> Transaction::guarded(bool committing, F&& statement) {
    if (!live_) {
        return failure_;
    }
    try {
        return std::forward<F>(statement)();
    } catch (const std::exception&) {
        live_.reset();
        lost_ = true;
        failure_ = connection_.note_exception(committing, lost_);
        return failure_;
    }
}

Result<Rows> Transaction::run(const sql::Query& query, Params params) {
    return guarded<Rows>(false, [&] {
        connection_.session_->prepare_once(query);
        return Result<Rows>(connection_.session_->exec(live_->work, query, params));
    });
}

Result<Rows> Transaction::run_within(std::chrono::milliseconds limit, const sql::Query& query,
                                     Params params) {
    return guarded<Rows>(false, [&] {
        connection_.session_->prepare_once(query);
        return Result<Rows>(connection_.session_->exec_within(live_->work, query, params, limit));
    });
}

Result<void> Transaction::run_script(std::string_view text) {
    return guarded<void>(false, [&] {
        connection_.session_->exec_text(live_->work, text);
        return Result<void>();
    });
}

Result<void> Transaction::commit() {
    return guarded<void>(true, [&] {
        live_->work.commit();
        live_.reset();
        failure_ = {Errc::internal, "the transaction was committed already"};
        return Result<void>();
    });
}

Connection::Connection(ConnectionOptions options) : options_(std::move(options)) {}

Connection::~Connection() = default;

Error Connection::connect_failed(Error error, std::string sqlstate) {
    session_.reset();
    next_attempt_ = std::chrono::steady_clock::now() + kReconnectPause;
    connect_error_ = std::move(error);
    connect_sqlstate_ = std::move(sqlstate);
    last_sqlstate_ = connect_sqlstate_;
    return connect_error_;
}

Result<void> Connection::open_session() {
    pooled_ = false;
    for (bool again = true;; again = false) {
        if (!make_conninfo(options_)) {
            return connect_failed({Errc::store_unavailable, "DATABASE_URL cannot be used"}, {});
        }
        try {
            session_ = make_session(options_);
            pooled_ = session_->pooled();
            if (std::exchange(left_read_only_, false) && options_.newest_server) {
                options_.newest_server->depart();
            }
            return {};
        } catch (const std::exception& e) {
            Error error = translate_connect_failure(e.what());
            std::string fault;
            if (again && read_dsn_again(options_, fault)) {
                continue;
            }
            error.log_detail += fault.empty() ? fault : " (" + fault + ')';
            return connect_failed(std::move(error), {});
        }
    }
}

Result<void> Connection::connect() {
    if (options_.pooled_away && *options_.pooled_away) {
        session_.reset();  // its settings may be those of another session
        last_sqlstate_.clear();
        return Error{Errc::store_unavailable, std::string(kTransactionPoolingRefused)};
    }
    return connect_anyway();
}

Result<void> Connection::connect_anyway() {
    const bool replaced =
        session_ && options_.newest_server && options_.newest_server->replaces(session_->tag());
    if (session_ && session_->connection().is_open() && !replaced) {
        return {};
    }
    session_.reset();
    if (std::chrono::steady_clock::now() < next_attempt_) {
        last_sqlstate_ = connect_sqlstate_;
        return connect_error_;
    }
    if (auto opened = open_session(); !opened) {
        return opened;
    }
    if (!options_.prepare_queries) {
        return {};
    }
    try {
        const IoDeadline::Guard watched = session_->watch();
        session_->check_all();
    } catch (const std::exception&) {
        Failure failure = translate_current_exception(false);
        if (is_schema_missing(failure.sqlstate)) {
            failure.error.errc = Errc::store_unavailable;
            failure.error.log_detail += " (the schema is not what this binary needs: migrate)";
        }
        if (failure.sqlstate == kLockNotAvailable) {
            failure.error.log_detail += name_lock_holders();
        }
        return connect_failed(std::move(failure.error), std::move(failure.sqlstate));
    }
    return {};
}

std::string Connection::name_lock_holders() {
    std::string out;
    try {
        const IoDeadline::Guard watched = session_->watch();
        pqxx::nontransaction transaction(session_->connection());
        for (const Row& row : session_->exec_text(transaction, sql::lock_holders).rows) {
            out += (out.empty() ? "; locks are held by " : ", ") + row.at(0).value_or("?") +
                   " (process " + row.at(1).value_or("?") + ", on " + row.at(2).value_or("?") + ')';
        }
    } catch (const std::exception&) {
        return out;  // the next statement fails with the same error and reports it
    }
    return out.empty() ? "; nobody holds it any more" : out;
}

Error Connection::note_exception(bool committing, bool& again) {
    Failure failure = translate_current_exception(committing);
    last_sqlstate_ = failure.sqlstate;
    if (session_->too_slow() && !committing) {
        // Whoever called has waited long enough, and a new connection would be as slow. A COMMIT is
        // the exception, because its outcome has to be found out.
        again = false;
        return connect_failed(std::move(failure.error), std::move(failure.sqlstate));
    }
    const bool gone = failure.broken || !session_->connection().is_open();
    if (gone) {
        session_.reset();
        next_attempt_ = {};
    }
    again = again && failure.retryable;
    if (failure.sqlstate == kLockNotAvailable && session_) {
        failure.error.log_detail += name_lock_holders();
    }
    return failure.error;
}

Result<Rows> Connection::run(const sql::Query& query, Params params) {
    return run_once_more(query, params, std::nullopt);
}

Result<Rows> Connection::run_within(std::chrono::milliseconds limit, const sql::Query& query,
                                    Params params) {
    return run_once_more(query, params, limit);
}

Result<Rows> Connection::run_once_more(const sql::Query& query, Params params,
                                       std::optional<std::chrono::milliseconds> limit) {
    last_sqlstate_.clear();
    for (bool again = true;;) {
        if (auto connected = connect(); !connected) {
            return connected.error();
        }
        try {
            const IoDeadline::Guard watched = session_->watch(limit);
            session_->prepare_once(query);
            pqxx::nontransaction transaction(session_->connection());
            return limit ? session_->exec_within(transaction, query, params, *limit)
                         : session_->exec(transaction, query, params);
        } catch (const std::exception&) {
            Error error = note_exception(false, again);
            if (!again) {
                return error;
            }
        }
        again = false;
    }
}

Result<std::unique_ptr<Transaction>> Connection::begin() {
    last_sqlstate_.clear();
    for (bool again = true;;) {
        if (auto connected = connect(); !connected) {
            return connected.error();
        }
        try {
            return std::unique_ptr<Transaction>(new Transaction(*this));
        } catch (const std::exception&) {
            Error error = note_exception(false, again);
            if (!again) {
                return error;
            }
        }
        again = false;
    }
}

Result<void> Connection::transact(const std::function<Result<void>(Transaction&)>& body) {
    for (bool again = true;; again = false) {
        const auto transaction = begin();
        if (!transaction) {
            return transaction.error();
        }
        Result<void> outcome = body(**transaction);
        if (outcome) {
            outcome = (*transaction)->commit();
        }
        if (outcome || !again || !(*transaction)->lost()) {
            return outcome;
        }
    }
}

bool Connection::compare_sessions() {
    const auto limit = std::chrono::milliseconds(options_.timeouts.statement_ms) + kAnswerMargin;
    const auto pid_of = [&](Session& session) {
        const IoDeadline::Guard watched(options_.deadline.get(), session.connection().sock(),
                                        limit);
        return session.ask_pid();
    };
    try {
        const std::unique_ptr<Session> spare = session_ ? nullptr : make_session(options_);
        const std::unique_ptr<Session> other = make_session(options_);
        Session& own = session_ ? *session_ : *spare;
        std::optional<std::pair<int, int>> before;
        for (int look = 0; look < kPoolLooks; ++look) {
            const std::pair pids{pid_of(own), pid_of(*other)};
            // Two sessions that are there at once are never one process, and none becomes another.
            if (pids.first == pids.second || (before && *before != pids)) {
                return true;
            }
            before = pids;
        }
    } catch (const std::exception&) {
        return false;  // a pool by sessions may have no place for another one
    }
    return false;
}

Result<bool> Connection::pools_transactions() {
    const auto connected = connect_anyway();
    const bool away = pooled_ && compare_sessions();
    if (options_.pooled_away && (away || connected)) {
        *options_.pooled_away = away;
    }
    if (away) {
        session_.reset();  // its settings may be those of another session by now
        next_attempt_ = {};
        return true;
    }
    return connected ? Result<bool>(false) : Result<bool>(connected.error());
}

void Connection::leave_read_only() {
    session_.reset();
    next_attempt_ = {};
    left_read_only_ = true;
}

Result<int> Connection::server_version() {
    if (auto connected = connect(); !connected) {
        return connected.error();
    }
    return session_->connection().server_version();
}

}  // namespace signet::store

#pragma GCC diagnostic pop
