#include "store/conninfo.hpp"

#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <string>

namespace signet::store {
namespace {

bool contains(const std::optional<std::string>& text, std::string_view part) {
    return text && text->find(part) != std::string::npos;
}

TEST_CASE("usable connection strings pass") {
    for (const char* dsn : {"postgres://u:p@localhost:5432/db", "postgresql://u@h1:5432,h2:5433/db",
                            "postgres:///db?host=/run/postgresql", "host=localhost dbname=db",
                            "postgres://u:p%40ss%3A%2F@h/db?sslmode=require"}) {
        CHECK_MESSAGE(!check_dsn(dsn), dsn);
    }
}

TEST_CASE("an unusable connection string is refused without repeating any of it") {
    for (const char* dsn :
         {"", "secret", "mysql://u:secret@h/db", "postgres://u:secret@h:port/db",
          "postgres://u:se@secret@h/db", "postgres://u:secret/x@h/db",
          "postgres://u:%zzsecret@h/db", "postgres://u:p@h/db?secret=1", "host=h password='secret",
          "postgres://u:a\xff"
          "secret@h/d"}) {
        const auto reason = check_dsn(dsn);
        REQUIRE_MESSAGE(reason.has_value(), dsn);
        CHECK_MESSAGE(reason->find("secret") == std::string::npos, *reason);
    }
}

TEST_CASE("schema names that cannot hold the tables are refused") {
    for (const char* name : {"", "signet", "pg_temp", "pg_catalog", "information_schema", "a\nb"}) {
        CHECK_MESSAGE(check_schema(name).has_value(), name);
    }
    CHECK(check_schema(std::string(64, 'x')).has_value());
    CHECK(check_schema("a$$b").has_value());
    CHECK_FALSE(check_schema("public").has_value());
    CHECK_FALSE(check_schema("an \"odd\" one").has_value());
}

TEST_CASE("every connection gets keepalives, a name and a writable server, and no startup option") {
    const auto conninfo = make_conninfo({.dsn = "postgres://u@h/db"});
    for (const char* part : {"connect_timeout='2'", "tcp_user_timeout='10000'", "keepalives='1'",
                             "application_name='signet'", "target_session_attrs='read-write'",
                             "client_encoding='UTF8'"}) {
        CHECK_MESSAGE(contains(conninfo, part), part);
    }
    CHECK_FALSE(contains(conninfo, "options="));
}

TEST_CASE("a session looks for names in pg_catalog alone, whatever the URL says") {
    for (const char* dsn :
         {"postgres://u@h/db", "postgres://u@h/db?options=-c%20search_path%3Delse"}) {
        const std::string said = session_settings({.dsn = dsn, .schema = "My schema"});
        CHECK(said.find("set search_path = pg_catalog, pg_temp;") != std::string::npos);
        CHECK(said.find("set row_security = off;") != std::string::npos);
        CHECK(said.find("set statement_timeout = 2000;") != std::string::npos);
        CHECK(said.find("set lock_timeout = 1000;") != std::string::npos);
        CHECK(said.find("set idle_in_transaction_session_timeout = 5000;") != std::string::npos);
    }
}

TEST_CASE("what the operator wrote wins, and several hosts stay") {
    const ConnectionOptions options{
        .dsn =
            "postgres://u@h1:1,h2:2/db?connect_timeout=7&target_session_attrs=any"
            "&options=-c%20statement_timeout%3D9s%20-c%20deadlock_timeout%3D2s"};
    const auto conninfo = make_conninfo(options);
    CHECK(contains(conninfo, "host='h1,h2'"));
    CHECK(contains(conninfo, "port='1,2'"));
    CHECK(contains(conninfo, "connect_timeout='7'"));
    CHECK(contains(conninfo, "target_session_attrs='any'"));
    CHECK(contains(conninfo, "statement_timeout=9s"));
    const std::string said = session_settings(options);
    CHECK(said.find("set statement_timeout") == std::string::npos);
    CHECK(said.find("set lock_timeout = 1000;") != std::string::npos);
}

TEST_CASE("several hosts can be tried in another order, each with its own port") {
    const ConnectionOptions options{.dsn = "postgres://u@h1:1,h2:2,h3:3/db"};
    CHECK(count_hosts(options.dsn) == 3);
    CHECK(contains(make_conninfo(options, 1), "host='h2,h3,h1'"));
    CHECK(contains(make_conninfo(options, 1), "port='2,3,1'"));
    CHECK(contains(make_conninfo(options, 2), "host='h3,h1,h2'"));
    const ConnectionOptions one_port{.dsn = "host=a,b port=7 dbname=db hostaddr=10.0.0.1,10.0.0.2"};
    CHECK(count_hosts(one_port.dsn) == 2);
    CHECK(contains(make_conninfo(one_port, 1), "host='b,a'"));
    CHECK(contains(make_conninfo(one_port, 1), "hostaddr='10.0.0.2,10.0.0.1'"));
    CHECK(contains(make_conninfo(one_port, 1), "port='7'"));
    CHECK(count_hosts("postgres:///db") == 1);
}

TEST_CASE("the role of a URL is the one that it names") {
    CHECK(role_of("postgres://ada:secret@h/db") == "ada");
    CHECK(role_of("user=grace dbname=db") == "grace");
    CHECK(role_of("postgres:///db").empty());
}

TEST_CASE("without a usable string or schema there is no connection string") {
    CHECK_FALSE(make_conninfo({.dsn = "nonsense"}).has_value());
    CHECK_FALSE(make_conninfo({.dsn = "postgres://u@h/db", .schema = ""}).has_value());
}

TEST_CASE("a URL is read again from its file, and kept where that holds none that can be used") {
    const signet::test::TempDir temp;
    const std::string path = temp.write("url", "postgres://u:second@h/d\n");
    ConnectionOptions options{.dsn = "postgres://u:first@h/d", .dsn_file = path};
    std::string fault;
    CHECK(read_dsn_again(options, fault));
    CHECK(options.dsn == "postgres://u:second@h/d");
    CHECK_FALSE(read_dsn_again(options, fault));
    CHECK(fault.empty());

    temp.write("url", "hunter2");
    CHECK_FALSE(read_dsn_again(options, fault));
    CHECK(fault.starts_with(path + " holds no URL that can be used: "));
    CHECK(fault.find("hunter2") == std::string::npos);
    options.dsn_file = temp.str() + "/missing";
    CHECK_FALSE(read_dsn_again(options, fault));
    CHECK(fault == options.dsn_file + " cannot be read: No such file or directory");
    CHECK(options.dsn == "postgres://u:second@h/d");
    options.dsn_file.clear();
    CHECK_FALSE(read_dsn_again(options, fault));
}

}  // namespace
}  // namespace signet::store
