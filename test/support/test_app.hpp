#pragma once

#include "base/log.hpp"
#include "http/message.hpp"
#include "routes/attempt.hpp"
#include "routes/context.hpp"
#include "routes/jwks_page.hpp"
#include "support/fake_sessions.hpp"
#include "support/fake_store.hpp"
#include "support/fake_users.hpp"
#include "support/fakes.hpp"
#include "support/printing.hpp"
#include "users/user_cache.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace signet::test {

inline constexpr int kNoFile = -1;

// The handlers' surroundings, made of fakes: requests are values, and no socket is opened.
struct TestApp {
    std::shared_ptr<FakeTables> tables = std::make_shared<FakeTables>();
    FakeStore store{tables};
    FakeSessions sessions{tables};
    PlainSealer sealer;
    CountingHasher hasher;
    SimpleJudge judge;
    MemoryTokens tokens;
    CountingRandom random;
    FixedKeys keys;
    FixedReadiness readiness;
    ManualClock clock;
    SignInPolicy policy{{"user", "", false}, {"http://auth.test", std::nullopt, 900}, {}};
    routes::BrowserPolicy browsers;
    Log log{LogLevel::error, LogFormat::json, kNoFile};
    routes::JwksPage page{keys, 300};
    TokensOf facts{tokens};
    users::UserCache users{{}};
    FakeUserReader reader{tables};
    routes::Edge edge{tokens,    {facts, users}, tokens, sealer,   judge, random,
                      readiness, page,           policy, browsers, log};
    routes::DataWorker data{sessions, reader};
    routes::CryptoWorker crypto{store, sessions, hasher};

    TestApp() { users.confirm(now_since_boot()); }

    // Both steps of a webhook question, as the server takes them.
    http::Response complete(routes::Attempt attempt, const http::Request& asked) {
        if (auto* response = std::get_if<http::Response>(&attempt)) {
            return std::move(*response);
        }
        return std::get<routes::DataWork>(attempt).run(asked, edge, data);
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
