#include "support/postgres.hpp"

#include "base/system.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <thread>

namespace signet::test {
namespace {

constexpr int kStartAttempts = 5;
constexpr std::chrono::seconds kStartWait{30};

// Returns the directory of the programs of the newest installed server.
std::string bin_directory() {
    std::filesystem::path best;
    int best_version = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
        const int version = std::atoi(entry.path().filename().c_str());
        if (version > best_version && std::filesystem::exists(entry.path() / "bin/postgres")) {
            best_version = version;
            best = entry.path() / "bin";
        }
    }
    if (best_version == 0) {
        throw std::runtime_error("no PostgreSQL server below /usr/lib/postgresql");
    }
    return best.string();
}

// Returns the user to run the server as if we are root, because PostgreSQL refuses to run as root.
const passwd* server_user() {
    if (geteuid() != 0) {
        return nullptr;
    }
    const passwd* const user = getpwnam("postgres");
    if (user == nullptr) {
        throw std::runtime_error("there is no user postgres to run the server as");
    }
    return user;
}

// Starts a program as the user of the server. Its output is appended to `log`, and it is killed
// when this process dies. Between fork and exec it calls only what is async-signal-safe.
pid_t spawn_program(std::vector<std::string> arguments, const std::string& log) {
    const passwd* const user = server_user();
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) {
        return child;
    }
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
        _exit(126);
    }
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent || chdir("/") != 0) {
        _exit(126);
    }
    execv(argv[0], argv.data());
    _exit(127);
}

void wait_for(pid_t child, const std::string& what) {
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw std::runtime_error(what + " failed");
    }
}

int free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd, raw, size) != 0 || getsockname(fd, raw, &size) != 0) {
        throw std::runtime_error("no free port");
    }
    close(fd);
    return ntohs(address.sin_port);
}

// Starts a process that removes `directory` once this process has closed its end of the pipe or has
// died, and the server has ended.
pid_t start_cleaner(const std::string& directory, int& our_end) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe2");
    }
    const std::string lock = directory + "/data/postmaster.pid";
    const pid_t child = fork();
    if (child != 0) {
        close(ends[0]);
        our_end = ends[1];
        return child;
    }
    setsid();
    close(ends[1]);
    char byte = 0;
    while (read(ends[0], &byte, 1) > 0) {
    }
    for (int i = 0; i < 100 && access(lock.c_str(), F_OK) == 0; ++i) {
        usleep(100'000);
    }
    execl("/bin/rm", "rm", "-rf", directory.c_str(), nullptr);
    _exit(127);
}

}  // namespace

SqlRows run_sql(const std::string& url, const std::string& sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()),
                                                                  &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        throw std::runtime_error(PQerrorMessage(connection.get()));
    }
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(), sql.c_str()), &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw std::runtime_error(PQresultErrorMessage(result.get()));
    }
    SqlRows out;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        auto& to = out.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column) {
            if (PQgetisnull(result.get(), row, column) == 1) {
                to.emplace_back(std::nullopt);
            } else {
                to.emplace_back(PQgetvalue(result.get(), row, column));
            }
        }
    }
    return out;
}

std::string postgres_program(const std::string& name) {
    return bin_directory() + '/' + name;
}

std::string sql_literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out.push_back('\'');
        }
        out.push_back(c);
    }
    return out + '\'';
}

Cluster& Cluster::shared() {
    static Cluster cluster;
    return cluster;
}

Cluster::Cluster() {
    SystemRandom random;
    password_ = random_uuid(random);
    std::string name = (std::filesystem::temp_directory_path() / "signet-pg-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("mkdtemp");
    }
    directory_ = name;
    cleaner_ = start_cleaner(directory_, cleaner_pipe_);
    std::ofstream(directory_ + "/password") << password_ << '\n';
    if (const passwd* const user = server_user(); user != nullptr) {
        for (const std::string& path : {directory_ + "/password", directory_}) {
            if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
                throw std::runtime_error("chown");
            }
        }
    }
    wait_for(spawn_program(
                 {bin_directory() + "/initdb", "-D", directory_ + "/data", "-U", "postgres",
                  "--auth-local=trust", "--auth-host=scram-sha-256",
                  "--pwfile=" + directory_ + "/password", "-E", "UTF8", "--locale=C", "--no-sync"},
                 directory_ + "/log"),
             "initdb (see " + directory_ + "/log)");
    start();
}

Cluster::~Cluster() {
    stop();
    close(cleaner_pipe_);
    int status = 0;
    waitpid(cleaner_, &status, 0);
}

bool Cluster::spawn() {
    const std::string port = std::to_string(port_);
    // The time zone is not UTC, so that code which forgets about time zones fails here.
    server_ = spawn_program(
        {bin_directory() + "/postgres", "-D", directory_ + "/data", "-p", port, "-k", directory_,
         "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
         "synchronous_commit=off", "-c", "timezone=Asia/Tokyo", "-c", "lc_messages=C"},
        directory_ + "/log");
    const auto deadline = std::chrono::steady_clock::now() + kStartWait;
    while (std::chrono::steady_clock::now() < deadline) {
        int status = 0;
        if (waitpid(server_, &status, WNOHANG) == server_) {
            break;
        }
        if (PQping(url("postgres").c_str()) == PQPING_OK) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    server_ = 0;
    return false;
}

void Cluster::start() {
    if (server_ != 0) {
        return;
    }
    for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
        // Another process may take the port between our check and the bind of the server.
        if (port_ == 0 || attempt > 0) {
            port_ = free_port();
        }
        if (spawn()) {
            return;
        }
    }
    throw std::runtime_error("PostgreSQL does not start (see " + directory_ + "/log)");
}

void Cluster::stop() {
    if (server_ == 0) {
        return;
    }
    kill(server_, SIGINT);
    int status = 0;
    waitpid(server_, &status, 0);
    server_ = 0;
}

std::string Cluster::url(const std::string& database) const {
    return "postgres://postgres@/" + database + "?host=" + directory_ +
           "&port=" + std::to_string(port_);
}

std::string Cluster::tcp_url(const std::string& url) const {
    const std::size_t begin = url.find("@/") + 2;
    return "postgres://postgres:" + password_ + "@127.0.0.1:" + std::to_string(port_) + '/' +
           url.substr(begin, url.find('?') - begin);
}

std::string Cluster::new_database(const std::string& source) {
    const std::string name = "test_" + std::to_string(++next_database_);
    run_sql(url("postgres"), "create database " + name + " template " + source);
    return url(name);
}

}  // namespace signet::test
