#include "server/binding.hpp"

#include "support/test_app.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>

using namespace signet;
using namespace signet::routes;
using namespace signet::server;
using signet::test::TestApp;

namespace {

constexpr std::string_view kActionSecret = "a secret of an action";

// The handlers of a test app behind lanes of one thread each.
struct BoundApp {
    TestApp app;
    HandlerLane<DataSlot> data{
        {.name = "data", .threads = 1, .queue_max = 8, .nice = 0, .on_error = {}},
        [this] { return std::make_unique<DataSlot>(DataSlot{nullptr, app.data}); }};
    HandlerLane<CryptoSlot> crypto{
        {.name = "crypto", .threads = 1, .queue_max = 8, .nice = 0, .on_error = {}},
        [this] { return std::make_unique<CryptoSlot>(CryptoSlot{nullptr, nullptr, app.crypto}); }};
    signet::AddressLimit signups{{{1, 60}}};
    signet::AddressLimit logins{{{2, 60}}};
    Binder binder{app.contexts, app.browsers, app.log,     data,         crypto,
                  signups,      logins,       1024 * 1024, kActionSecret};

    static http::Response run(const http::LaneHandler& lane, http::Request request) {
        std::promise<http::Response> answered;
        auto reply = [&](http::Response response) { answered.set_value(std::move(response)); };
        REQUIRE(lane(std::make_shared<http::Request>(std::move(request)), reply));
        return answered.get_future().get();
    }

    http::Response call(const Row& row, http::Request request) const {
        const http::Route route = binder.bind(row);
        if (const auto* here = std::get_if<http::InlineHandler>(&route.handler)) {
            return (*here)(request);
        }
        if (const auto* lane = std::get_if<http::LaneHandler>(&route.handler)) {
            return run(*lane, std::move(request));
        }
        auto outcome = std::get<http::TryHandler>(route.handler).attempt(request);
        if (auto* response = std::get_if<http::Response>(&outcome)) {
            return std::move(*response);
        }
        return run(std::get<http::LaneHandler>(outcome), std::move(request));
    }

    http::Request request() const {
        http::Request made = app.request();
        made.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        return made;
    }
};

// Answers say which worker they were given.
http::Response answer_of(DataWorker& /*worker*/) {
    return json_reply("data");
}

http::Response answer_of(CryptoWorker& worker) {
    return json_reply(worker.hasher.verify_nobody("x") ? "crypto" : "");
}

template <class Worker>
http::Response on_lane(const http::Request&, const Contexts&, Worker& worker) {
    return answer_of(worker);
}

// Goes to the lane if the request asks for it, from whichever thread tries it.
template <class Worker>
Attempt<Worker> try_first(const http::Request& request, const Contexts&) {
    if (request.query.empty()) {
        return json_reply("tried");
    }
    const std::thread::id tried_on = std::this_thread::get_id();
    return LaneWork<Worker>{{}, [tried_on](const http::Request&, Worker& worker) {
                                CHECK(std::this_thread::get_id() != tried_on);
                                return answer_of(worker);
                            }};
}

http::Response on_io(const http::Request&, const Contexts&) {
    return json_reply("io");
}

Row row_of(Handler handler) {
    return {.method = http::Method::post, .path = "/toy", .handler = handler};
}

int status_of(BoundApp& bound, LaneHandler<CryptoWorker> handler) {
    return bound.call(row_of(handler), bound.request()).status;
}

}  // namespace

TEST_CASE("a handler runs on the lane whose worker it takes") {
    const BoundApp bound;
    CHECK(bound.call(row_of(&on_io), bound.request()).body == "io");
    CHECK(bound.call(row_of(&on_lane<DataWorker>), bound.request()).body == "data");
    CHECK(bound.call(row_of(&on_lane<CryptoWorker>), bound.request()).body == "crypto");
    CHECK(bound.app.hasher.verifications == 1);
}

TEST_CASE("a handler is tried on the I/O thread, and falls to the lane that its type names") {
    const BoundApp bound;
    for (const auto& [handler, lane] :
         {std::pair<Handler, const char*>{&try_first<DataWorker>, "data"},
          {&try_first<CryptoWorker>, "crypto"}}) {
        CHECK(bound.call(row_of(handler), bound.request()).body == "tried");
        http::Request open = bound.request();
        open.query = "open";
        CHECK(bound.call(row_of(handler), std::move(open)).body == lane);
    }
}

TEST_CASE(
    "a request that waited past its deadline is refused on every lane without being started") {
    const BoundApp bound;
    for (const Handler handler :
         {Handler(&on_lane<DataWorker>), Handler(&on_lane<CryptoWorker>),
          Handler(&try_first<DataWorker>), Handler(&try_first<CryptoWorker>)}) {
        http::Request late = bound.app.request();
        late.query = "open";
        const http::Response response = bound.call(row_of(handler), std::move(late));
        CHECK(response.status == 503);
        CHECK(boost::json::parse(response.body).at("code") == "deadline-passed");
    }
    CHECK(bound.app.hasher.verifications == 0);
}

TEST_CASE("what a handler throws on a lane becomes an answer") {
    BoundApp bound;
    CHECK(status_of(bound,
                    [](const http::Request&, const Contexts&, CryptoWorker&) -> http::Response {
                        throw std::runtime_error("as told");
                    }) == 500);
    CHECK(status_of(bound,
                    [](const http::Request&, const Contexts&, CryptoWorker&) -> http::Response {
                        throw std::bad_alloc();
                    }) == 503);
}

TEST_CASE("a page of a foreign origin calls no handler of any kind that changes something") {
    BoundApp bound;
    bound.app.browsers.cookies = true;
    for (const Handler handler :
         {Handler(&on_io), Handler(&on_lane<DataWorker>), Handler(&on_lane<CryptoWorker>),
          Handler(&try_first<DataWorker>), Handler(&try_first<CryptoWorker>)}) {
        const auto status = [&](http::Method method, CallerKind caller) {
            Row row = row_of(handler);
            row.method = method;
            row.caller = caller;
            http::Request request = bound.request();
            request.headers.push_back({"origin", "https://evil.example"});
            return bound.call(row, std::move(request)).status;
        };
        CHECK(status(http::Method::post, CallerKind::anybody) == 403);
        CHECK(status(http::Method::delete_, CallerKind::bearer) == 403);
        CHECK(status(http::Method::get, CallerKind::anybody) == 200);
        CHECK(status(http::Method::post, CallerKind::hasura) == 200);
    }
}

TEST_CASE("a route of Hasura's that needs the action secret is called with exactly that secret") {
    BoundApp bound;
    const auto call = [&](const char* secret) {
        Row row = row_of(&on_io);
        row.caller = CallerKind::hasura_with_secret;
        http::Request request = bound.request();
        request.headers.push_back({"origin", "https://evil.example"});
        if (secret != nullptr) {
            request.headers.push_back({"x-action-secret", secret});
        }
        return bound.call(row, std::move(request));
    };
    bound.app.browsers.cookies = true;
    CHECK(call(kActionSecret.data()).status == 200);
    for (const char* wrong : {static_cast<const char*>(nullptr), "", "a secret of an actio",
                              "a secret of an action ", "A secret of an action"}) {
        CAPTURE(wrong);
        const http::Response refused = call(wrong);
        CHECK(refused.status == 401);
        CHECK(boost::json::parse(refused.body).at("code") == "invalid-action-secret");
    }
    bound.binder.action_secret = {};
    CHECK(call("").status == 401);
}

TEST_CASE("more calls of one address than its limit allows are refused before a handler is asked") {
    const BoundApp bound;
    const auto call = [&](CallLimit limit, std::string address) {
        Row row = row_of(&on_lane<CryptoWorker>);
        row.limit = limit;
        http::Request request = bound.request();
        request.remote_address = std::move(address);
        return bound.call(row, std::move(request));
    };
    CHECK(call(CallLimit::signups, "192.0.2.1").status == 200);
    CHECK(call(CallLimit::logins, "192.0.2.1").status == 200);
    CHECK(call(CallLimit::logins, "192.0.2.1").status == 200);
    const int hashed = bound.app.hasher.verifications;
    for (const CallLimit limit : {CallLimit::signups, CallLimit::logins}) {
        const http::Response refused = call(limit, "192.0.2.1");
        CHECK(refused.status == 429);
        CHECK(boost::json::parse(refused.body).at("code") == "too-many-attempts");
        CHECK(signet::test::header_of(refused, "Retry-After") == "60");
    }
    CHECK(bound.app.hasher.verifications == hashed);
    CHECK(call(CallLimit::none, "192.0.2.1").status == 200);
    CHECK(call(CallLimit::logins, "192.0.2.2").status == 200);
}

TEST_CASE("what does not get as far as the handler of a page is refused by a page") {
    BoundApp bound;
    bound.app.browsers.cookies = true;
    Row row = row_of(&on_lane<CryptoWorker>);
    row.page = true;
    row.limit = CallLimit::signups;
    row.body_bytes_max = 1;
    CHECK(bound.binder.bind(row).media_type == http::kFormMediaType);
    const auto from_form = [&] {
        http::Request request = bound.request();
        request.remote_address = "192.0.2.1";
        request.headers.push_back({"origin", "null"});
        return request;
    };
    CHECK(bound.call(row, from_form()).body == "crypto");
    const http::Response once_more = bound.call(row, from_form());
    CHECK(once_more.status == 429);
    CHECK(once_more.content_type.starts_with("text/html"));
    CHECK(signet::test::header_of(once_more, "Retry-After") == "60");
    row.limit = CallLimit::none;
    const http::Response late = bound.call(row, bound.app.request());
    CHECK(late.status == 503);
    CHECK(late.content_type.starts_with("text/html"));
    row.handler = [](const http::Request&, const Contexts&, CryptoWorker&) -> http::Response {
        throw std::runtime_error("as told");
    };
    CHECK(bound.call(row, bound.request()).content_type.starts_with("text/html"));
    row.page = false;
    CHECK(bound.binder.bind(row).media_type == http::kJsonMediaType);
}
