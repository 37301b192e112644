#pragma once

#include "store/conninfo.hpp"

#include <signet/domain/text.hpp>
#include <signet/domain/uuid.hpp>
#include <signet/result.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::store {

namespace sql {
struct Query;
}

// How long after a failed attempt to connect the next one is made at the earliest.
inline constexpr std::chrono::milliseconds kReconnectPause{500};

// Says what Connection::pools_transactions() means for the operator.
inline constexpr std::string_view kTransactionPoolingRefused =
    "a pooler such as PgBouncer gives each transaction another session of PostgreSQL, but Signet "
    "needs its own for prepared statements, LISTEN and settings: set pool_mode = session for this "
    "database, or let the URL lead past the pooler";

// A parameter of a statement. It cannot be made from std::string or char*, because libpq cuts text
// at the first NUL, and only the type Text guarantees that there is none.
class Param {
public:
    Param(std::nullopt_t) {}                         // NOLINT(google-explicit-constructor)
    Param(const Text& text) : value_(text.str()) {}  // NOLINT(google-explicit-constructor)
    Param(const Uuid& id) : value_(id.str()) {}      // NOLINT(google-explicit-constructor)
    template <std::integral T>
    Param(T number) : value_(print(number)) {}  // NOLINT(google-explicit-constructor)
    template <class T>
        requires std::same_as<T, Text> || std::derived_from<T, Uuid>
    Param(const std::optional<T>& value) {  // NOLINT(google-explicit-constructor)
        if (value) {
            value_ = value->str();
        }
    }
    template <std::integral T>
        requires(!std::same_as<T, char>)
    Param(const std::optional<T>& number) {  // NOLINT(google-explicit-constructor)
        if (number) {
            value_ = print(*number);
        }
    }
    Param(char) = delete;

    const std::optional<std::string>& value() const { return value_; }

private:
    template <class T>
    static std::string print(T number) {
        if constexpr (std::same_as<T, bool>) {
            return number ? "t" : "f";
        } else {
            return std::to_string(number);
        }
    }
    std::optional<std::string> value_;
};

using Params = std::initializer_list<Param>;

// The rows that a statement returned. Values are in the text form of PostgreSQL, nullopt for NULL.
using Row = std::vector<std::optional<std::string>>;
struct Rows {
    std::vector<Row> rows;
    std::size_t affected = 0;  // rows that an INSERT, UPDATE or DELETE changed
};

// Returns a value of a row as a number, or nothing if it is NULL or not a number.
template <std::integral T = std::int64_t>
std::optional<T> to_number(const std::optional<std::string>& cell) {
    T out = 0;
    if (!cell ||
        std::from_chars(cell->data(), cell->data() + cell->size(), out).ec != std::errc()) {
        return std::nullopt;
    }
    return out;
}

// Returns the error of a statement, if any, for callers that do not need its rows.
inline Result<void> outcome_of(const Result<Rows>& rows) {
    return rows ? Result<void>() : Result<void>(rows.error());
}

class Connection;
class Session;

// One transaction of a connection, from BEGIN to commit(). The destructor rolls back what was not
// committed. The connection has to outlive it, and must not be used for anything else meanwhile.
// After a statement has failed, the transaction is rolled back, and every further call returns the
// error of that statement.
class Transaction {
public:
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    Result<Rows> run(const sql::Query& query, Params params = {});
    // Runs the query with its own time limit, which holds from then on; see
    // Connection::run_within().
    Result<Rows> run_within(std::chrono::milliseconds limit, const sql::Query& query,
                            Params params);
    // Runs several statements in one text, without parameters; for migrations.
    Result<void> run_script(std::string_view text);

    // Commits. If the connection breaks during COMMIT, the error is store_in_doubt.
    Result<void> commit();

    // Tells whether the connection broke before COMMIT was sent. Then nothing has happened, and the
    // same can be tried again on a new connection.
    bool lost() const { return lost_; }

private:
    friend class Connection;
    struct Live;
    explicit Transaction(Connection& connection);
    // Runs `statement`, and ends the transaction if it throws.
    template <class T, class F>
    Result<T> guarded(bool committing, F&& statement);

    Connection& connection_;
    std::unique_ptr<Live> live_;  // null once it was committed or has failed
    Error failure_;
    bool lost_ = false;
};

// A connection to PostgreSQL, which belongs to one thread. It connects at first use, and
// has PostgreSQL look at all of sql/queries at once; each is prepared at its own first use. If it
// breaks, it is discarded, and the next use opens a new one, because libpqxx 6 would reconnect
// silently, without the settings of the session. While PostgreSQL is away, calls return
// store_unavailable at once, and a new attempt is made every kReconnectPause.
class Connection {
public:
    explicit Connection(ConnectionOptions options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Runs one statement outside a transaction. It must be harmless to send it twice, because it is
    // sent again on a new connection if the connection breaks.
    Result<Rows> run(const sql::Query& query, Params params = {});

    // Does the same in one message and with its own time limit, whatever statement_ms is. It is for
    // queries that call code that is not ours.
    Result<Rows> run_within(std::chrono::milliseconds limit, const sql::Query& query,
                            Params params);

    // Begins a transaction, on a new connection if the old one turns out to be broken.
    Result<std::unique_ptr<Transaction>> begin();

    // Runs `body` between BEGIN and COMMIT. An error from it rolls back and is returned. If the
    // transaction is lost(), `body` runs a second time from its beginning.
    Result<void> transact(const std::function<Result<void>(Transaction&)>& body);

    // Returns the SQLSTATE of the statement that failed in the last call, or an empty text.
    const std::string& last_sqlstate() const { return last_sqlstate_; }
    // Returns whether a pooler gives the transactions of one connection to different sessions of
    // PostgreSQL, so that it must not be used. If a pooler stands in between at all, this opens one
    // or two more connections for a moment; otherwise it only connects if necessary. While the
    // answer is yes, all connections with the same ConnectionOptions::pooled_away return
    // store_unavailable.
    Result<bool> pools_transactions();
    // The server takes no writes. The next use looks for one that does, which may be the same, and
    // if it finds one, the other connections with the same ConnectionOptions::newest_server are
    // made anew: they could stay for ever at a server that only lets read.
    void leave_read_only();
    // Returns the version of PostgreSQL in the form of libpq, such as 150004. Connects if
    // necessary.
    Result<int> server_version();

private:
    friend class Transaction;
    Result<Rows> run_once_more(const sql::Query& query, Params params,
                               std::optional<std::chrono::milliseconds> limit);
    Result<void> connect();
    // Does the same even if a pooler must not be used.
    Result<void> connect_anyway();
    // Makes the session, with the URL that stands in dsn_file now if that before lets nobody in.
    Result<void> open_session();
    // Returns whether two sessions turn out to be given away by transactions.
    bool compare_sessions();
    Error connect_failed(Error error, std::string sqlstate);
    // Names those who hold locks on our tables after a lock time-out, as far as PostgreSQL tells.
    std::string name_lock_holders();
    // Translates the exception that is being handled, and drops the session if it cannot be used
    // any more. Sets `again` if the work may be repeated.
    Error note_exception(bool committing, bool& again);

    ConnectionOptions options_;
    std::unique_ptr<Session> session_;
    std::string last_sqlstate_;
    Error connect_error_;
    std::string connect_sqlstate_;
    bool left_read_only_ = false;
    bool pooled_ = false;  // whether the last session came through a pooler
    std::chrono::steady_clock::time_point next_attempt_{};
};

}  // namespace signet::store
