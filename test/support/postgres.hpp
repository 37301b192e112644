#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::test {

using SqlRows = std::vector<std::vector<std::optional<std::string>>>;

// Runs SQL over a connection of its own, as anybody else would who changes the tables. Throws
// std::runtime_error with PostgreSQL's message.
SqlRows run_sql(const std::string& url, const std::string& sql);

// An SQL string literal.
std::string sql_literal(std::string_view text);

// The path of one of PostgreSQL's programs, like pg_dump, of the version that Cluster runs.
std::string postgres_program(const std::string& name);

// A private PostgreSQL that lives as long as the test process: made at first use in a new temporary
// directory, on a Unix socket and a free port of 127.0.0.1. It goes away with the process, also
// when that is killed. Use it from the main thread.
class Cluster {
public:
    static Cluster& shared();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    ~Cluster();

    // The URL of a new empty database, or of a new copy of `source`.
    std::string new_database(const std::string& source = "template1");
    // The same database over the Unix socket (url as new_database() gave it) and over TCP.
    std::string tcp_url(const std::string& url) const;
    int port() const { return port_; }

    // Fast shutdown, and back again on the same port. Idempotent.
    void stop();
    void start();

private:
    Cluster();
    std::string url(const std::string& database) const;
    bool spawn();

    std::string directory_;
    std::string password_;
    int port_ = 0;
    int next_database_ = 0;
    pid_t server_ = 0;
    pid_t cleaner_ = 0;
    int cleaner_pipe_ = -1;
};

}  // namespace signet::test
