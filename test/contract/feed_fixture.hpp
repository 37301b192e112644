#pragma once

#include "contract/databases.hpp"
#include "store/users.hpp"
#include "support/postgres.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <string>

// A replica that follows the changes of two users, which another client makes.
namespace signet::test {

inline constexpr const char* kAda = "00000000-0000-4000-8000-00000000000a";
inline constexpr const char* kBob = "00000000-0000-4000-8000-00000000000b";

struct News {
    bool everybody = false;
    std::set<std::string> users;
    bool operator==(const News&) const = default;
};

inline const News kNothing{};
inline const News kEverybody{true, {}};
inline const News kOnlyAda{false, {kAda}};

inline News read(store::PgUserFeed& feed) {
    const auto news = feed.read();
    REQUIRE_MESSAGE(news.has_value(), news.error().log_detail);
    News out{news->everybody, {}};
    for (const Uuid& user : news->users) {
        out.users.insert(user.str());
    }
    return out;
}

// Ada is an editor and Bob is not. The replica has read the changes up to now.
struct FeedFixture {
    PgDatabase database;
    store::PgUserFeed feed{database.options()};

    FeedFixture() {
        database.insert_user({.id = kAda, .username = "ada"});
        database.insert_user({.id = kBob, .username = "bob"});
        database.insert_role("editor");
        database.insert_user_role(kAda, "editor");
        REQUIRE(read(feed) == kEverybody);
    }
    News after(const std::string& sql) {
        run_sql(database.url(), sql);
        return read(feed);
    }
};

inline std::string of(const char* id) {
    return " where id = '" + std::string(id) + "'";
}

}  // namespace signet::test
