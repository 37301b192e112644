#pragma once

#include "base/log.hpp"
#include "graphql/schema.hpp"
#include "http/message.hpp"
#include "routes/browsers.hpp"
#include "routes/handlers.hpp"
#include "routes/keys.hpp"
#include "routes/openapi.hpp"
#include "routes/table.hpp"
#include "routes/try_page.hpp"
#include "support/fake_sessions.hpp"
#include "support/fake_store.hpp"
#include "support/fake_tickets.hpp"
#include "support/fake_users.hpp"
#include "support/fakes.hpp"
#include "support/printing.hpp"
#include "users/user_cache.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace signet::test {

inline constexpr int kNoFile = -1;

// Provides what handlers work with, made of fakes. Requests are values, and no socket is opened.
struct TestApp {
    std::shared_ptr<FakeTables> tables = std::make_shared<FakeTables>();
    FakeStore store{tables};
    FakeSessions sessions{tables};
    PlainSealer sealer;
    CountingHasher hasher;
    SimpleJudge judge;
    MemoryTokens tokens;
    PasswordThrottle throttle{100};
    CountingRandom random;
    FixedKeys keys;
    FixedReadiness readiness;
    ManualClock clock;
    SignInPolicy policy{{"user", "", false},
                        {"http://auth.test", std::nullopt, 900},
                        {},
                        {.on = true,
                         .issuer = "http://auth.test",
                         .redirects = {"https://app.test", {}},
                         .limits = {}}};
    int woken = 0;
    routes::BrowserPolicy browsers;
    Log log{LogLevel::error, LogFormat::json, kNoFile};
    routes::JwksPage page{keys, 300};
    TokensOf facts{tokens};
    users::UserCache users{{}};
    FakeUserReader reader{tables};
    routes::SignInCounts counts;
    routes::SignInContext sign_in{policy, browsers, judge,    sealer,
                                  tokens, random,   throttle, [this] { ++woken; },
                                  log,    counts};
    routes::AccountContext account{
        policy.roles,        browsers, judge, tokens, throttle, sealer, random, policy.mail,
        [this] { ++woken; }, log};
    FakeOutbox outbox{tables};
    routes::RecoveryContext recovery{policy.mail, policy, browsers, judge,    sealer,
                                     tokens,      tokens, random,   throttle, [this] { ++woken; },
                                     log};
    routes::WebhookContext webhook{policy.roles, browsers, {facts, users}, log};
    routes::KeysContext well_known{page, keys, policy.tokens.issuer, log};
    routes::HealthContext health{readiness};
    routes::ApiContext api = routes::describe_api({.issuer = "http://auth.test"});
    routes::MetricsContext metrics{[] { return std::string(); }, true, log};
    routes::TryContext trial{routes::make_try_page({.jwt_secret = R"({"jwk_url":"x"})"})};
    graphql::Schema schema = graphql::make_schema({});
    routes::GraphqlContext graphql{schema, 0};
    routes::Contexts contexts{sign_in, account, recovery, webhook, well_known,
                              health,  api,     metrics,  trial,   graphql};
    routes::DataWorker data{sessions, reader, store, store, outbox, outbox};
    routes::CryptoWorker crypto{data, hasher};

    TestApp() { users.confirm(now_since_boot()); }

    // Runs both steps of a request that is tried on the I/O thread first, as the server does.
    template <class Worker>
    http::Response complete(routes::Attempt<Worker> attempt, const http::Request& asked) {
        if (auto* response = std::get_if<http::Response>(&attempt)) {
            return std::move(*response);
        }
        return std::get<routes::LaneWork<Worker>>(attempt).run(asked, worker<Worker>());
    }

    // Returns the answer of the handler of a row.
    http::Response answer(const routes::Row& row, const http::Request& asked) {
        return std::visit([&](auto handler) { return call(handler, asked); }, row.handler);
    }

    template <class Worker>
    Worker& worker() {
        return std::get<Worker&>(std::tie(data, crypto));
    }
    http::Response call(routes::InlineHandler handler, const http::Request& asked) {
        return handler(asked, contexts);
    }
    template <class Worker>
    http::Response call(routes::LaneHandler<Worker> handler, const http::Request& asked) {
        return handler(asked, contexts, worker<Worker>());
    }
    template <class Worker>
    http::Response call(routes::TryHandler<Worker> handler, const http::Request& asked) {
        return complete<Worker>(handler(asked, contexts), asked);
    }

    http::Request request(std::string body = "") const {
        http::Request made;
        made.body = std::move(body);
        made.id = "00112233445566778899aabbccddeeff";
        made.now_s = clock.now;
        return made;
    }
    http::Request bearer(const std::string& token) const {
        http::Request made = request();
        made.headers.push_back({"authorization", "Bearer " + token});
        return made;
    }
};

inline std::string header_of(const http::Response& response, std::string_view name) {
    for (const http::Header& header : response.headers) {
        if (header.name == name) {
            return header.value;
        }
    }
    return "";
}

}  // namespace signet::test
