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

// After a failed attempt to connect, the next one is made no sooner than this.
inline constexpr std::chrono::milliseconds kReconnectPause{500};

// A parameter of a statement. There is no way from std::string or char* to here: libpq cuts text
// at the first NUL, and only the type Text promises that there is none.
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

// What a statement gave back; values in PostgreSQL's text form, nullopt for NULL.
using Row = std::vector<std::optional<std::string>>;
struct Rows {
    std::vector<Row> rows;
    std::size_t affected = 0;  // rows that an INSERT, UPDATE or DELETE changed
};

// Returns the number that a value of a row is, or nothing for NULL and for what is no number.
template <std::integral T = std::int64_t>
std::optional<T> to_number(const std::optional<std::string>& cell) {
    T out = 0;
    if (!cell ||
        std::from_chars(cell->data(), cell->data() + cell->size(), out).ec != std::errc()) {
        return std::nullopt;
    }
    return out;
}

// Whether a statement worked, for whoever has no use for its rows.
inline Result<void> outcome_of(const Result<Rows>& rows) {
    return rows ? Result<void>() : Result<void>(rows.error());
}

class Connection;
class Session;

// One transaction of a connection, from BEGIN to commit(); what was not committed is rolled back by
// the destructor. Lives shorter than the connection, which does nothing else meanwhile. After a
// statement failed, the transaction is rolled back and every further call returns its error.
class Transaction {
public:
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    Result<Rows> run(const sql::Query& query, Params params = {});
    // Runs it with its own limit, which holds from then on; see Connection::run_within().
    Result<Rows> run_within(std::chrono::milliseconds limit, const sql::Query& query,
                            Params params);
    // Runs several statements in one text, without parameters; for migrations.
    Result<void> run_script(std::string_view text);

    // A break during COMMIT is store_in_doubt.
    Result<void> commit();

    // Whether the connection broke before COMMIT was sent, so that nothing has happened, and the
    // same may be tried again on a fresh connection.
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

// A connection to PostgreSQL; belongs to one thread. Connects at first use, prepares all of
// sql/queries at once, is thrown away when it breaks and made anew at the next use: libpqxx 6
// would revive it in silence, without its settings. While PostgreSQL is
// away it answers store_unavailable at once, and tries again every kReconnectPause.
class Connection {
public:
    explicit Connection(ConnectionOptions options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // One statement on its own. It has to be one that may be sent twice without harm: when the
    // connection breaks, it is sent once more on a fresh one.
    Result<Rows> run(const sql::Query& query, Params params = {});

    // The same in one message with its own limit, whatever statement_ms is; for queries of which a
    // part is not ours.
    Result<Rows> run_within(std::chrono::milliseconds limit, const sql::Query& query,
                            Params params);

    // Begins a transaction; where the connection turns out to be broken, on a fresh one.
    Result<std::unique_ptr<Transaction>> begin();

    // Runs `body` between BEGIN and COMMIT; an error from it rolls back and is returned. When the
    // transaction is lost(), `body` runs once more from its beginning.
    Result<void> transact(const std::function<Result<void>(Transaction&)>& body);

    // The SQLSTATE of the last statement that failed; empty if there was none in the last call.
    const std::string& last_sqlstate() const { return last_sqlstate_; }
    // PostgreSQL's version as libpq counts, 150004; connects if need be.
    Result<int> server_version();

private:
    friend class Transaction;
    Result<Rows> run_once_more(const sql::Query& query, Params params,
                               std::optional<std::chrono::milliseconds> limit);
    Result<void> connect();
    // Makes the session, with the URL that stands in dsn_file now if that before lets nobody in.
    Result<void> open_session();
    Error connect_failed(Error error, std::string sqlstate);
    // After a lock time-out: who holds locks on our tables, as far as PostgreSQL tells.
    std::string name_lock_holders();
    // Translates the exception that is being handled, and drops the session if it is of no more
    // use. True in `again` when the work may be done once more.
    Error note_exception(bool committing, bool& again);

    ConnectionOptions options_;
    std::unique_ptr<Session> session_;
    std::string last_sqlstate_;
    Error connect_error_;
    std::string connect_sqlstate_;
    std::chrono::steady_clock::time_point next_attempt_{};
};

}  // namespace signet::store
