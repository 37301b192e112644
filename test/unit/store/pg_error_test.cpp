#include "store/pg_error.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace signet::store {
namespace {

TEST_CASE("an SQLSTATE has the meaning that a client can act on") {
    const std::pair<const char*, Errc> expected[]{
        {"57014", Errc::store_timeout},     {"55P03", Errc::store_timeout},
        {"40P01", Errc::store_timeout},     {"40001", Errc::store_timeout},
        {"25006", Errc::store_read_only},   {"53100", Errc::store_full},
        {"53300", Errc::store_unavailable}, {"57P01", Errc::store_unavailable},
        {"57P03", Errc::store_unavailable}, {"08006", Errc::store_unavailable},
        {"42P01", Errc::store_failed},      {"23505", Errc::store_failed},
        {"26000", Errc::store_unavailable}, {"0A000", Errc::store_unavailable},
        {"42P05", Errc::store_unavailable},
    };
    for (const auto& [sqlstate, errc] : expected) {
        CHECK_MESSAGE(translate_sqlstate(sqlstate, "x").error.errc == errc, sqlstate);
    }
}

TEST_CASE("a connection that PostgreSQL closes, or that became read-only, is not used again") {
    CHECK(translate_sqlstate("57P01", "x").broken);
    CHECK(translate_sqlstate("25006", "x").broken);
    CHECK_FALSE(translate_sqlstate("25006", "x").retryable);
    CHECK_FALSE(translate_sqlstate("57014", "x").broken);
    CHECK_FALSE(translate_sqlstate("23505", "x").broken);
}

TEST_CASE("what may work later is told from what somebody has to change first") {
    for (const char* sqlstate :
         {"08006", "40P01", "53200", "55006", "57P03", "58030", "XX000", ""}) {
        CHECK_MESSAGE(may_pass(sqlstate), sqlstate);
    }
    for (const char* sqlstate : {"0A000", "22P02", "23505", "28000", "3F000", "42501", "SG001"}) {
        CHECK_FALSE_MESSAGE(may_pass(sqlstate), sqlstate);
    }
}

TEST_CASE("what PostgreSQL says about rows and parameters stays out of the log") {
    const Failure unique = translate_sqlstate(
        "23505", "ERROR:  duplicate key value\nDETAIL:  Key (email)=(x@y.z) already exists.");
    CHECK(unique.error.log_detail == "SQLSTATE 23505: ERROR:  duplicate key value");
    const Failure data = translate_sqlstate("22P02", "ERROR:  invalid input syntax: \"private\"");
    CHECK(data.error.log_detail == "SQLSTATE 22P02");
}

TEST_CASE("a server that takes no writes is told from one that is away") {
    CHECK(translate_connect_failure("session is read-only\n").errc == Errc::store_read_only);
    CHECK(translate_connect_failure("server is in hot standby mode").errc == Errc::store_read_only);
    const Error away = translate_connect_failure("host a: refused\nhost b: refused\n");
    CHECK(away.errc == Errc::store_unavailable);
    CHECK(away.log_detail == "host a: refused host b: refused");
}

TEST_CASE(
    "a statement that a session has lost, or has from another one, is repeated on a new session") {
    for (const char* sqlstate : {"26000", "0A000", "42P05"}) {
        const Failure lost = translate_sqlstate(sqlstate, "x");
        CHECK_MESSAGE(lost.broken, sqlstate);
        CHECK_MESSAGE(lost.retryable, sqlstate);
    }
}

TEST_CASE("what a rule on a table forbids is not tried again") {
    const Failure ruled = translate_sqlstate(
        "0A000", "ERROR:  cannot perform DELETE RETURNING on relation \"user_role\"");
    CHECK(ruled.error.errc == Errc::store_failed);
    CHECK_FALSE(ruled.retryable);
}

TEST_CASE("a pooler that takes no startup options is told from a server that is away") {
    const Error refused =
        translate_connect_failure("FATAL:  unsupported startup parameter: options\n");
    CHECK(refused.errc == Errc::store_unavailable);
    CHECK(refused.log_detail.find("take `options` out of the URL") != std::string::npos);
}

}  // namespace
}  // namespace signet::store
