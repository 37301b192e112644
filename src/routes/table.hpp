#pragma once

#include "http/message.hpp"
#include "routes/body.hpp"
#include "routes/handlers.hpp"
#include "routes/pages.hpp"
#include "routes/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

namespace signet::routes {

// The forms that a handler takes in the table: its type says on which thread it runs.
using InlineHandler = http::Response (*)(const http::Request&, const Contexts&);
template <class Worker>
using LaneHandler = http::Response (*)(const http::Request&, const Contexts&, Worker&);
template <class Worker>
using TryHandler = Attempt<Worker> (*)(const http::Request&, const Contexts&);
using Handler = std::variant<InlineHandler, LaneHandler<DataWorker>, LaneHandler<CryptoWorker>,
                             TryHandler<DataWorker>, TryHandler<CryptoWorker>>;

// Where a request is answered: on the I/O thread, on a lane, or on the I/O thread first and on a
// lane for the rest. In the order of Handler; the table does not compile where the two differ.
enum class Lane : std::uint8_t { io, data, crypto, io_then_data, io_then_crypto };

// Who may call.
enum class CallerKind : std::uint8_t {
    anybody,
    bearer,  // a user, with an access token in the header Authorization or in the access cookie
    hasura,  // Hasura, for a client of its own: no web page calls, whatever Origin says
    // The same with AUTH_ACTION_SECRET in the header X-Action-Secret, before anything else of the
    // request is looked at. Such a row is not there without the setting, and has no limit for one
    // address, because all users of Hasura have its address.
    hasura_with_secret,
};

// Returns what the account is called whose password the request will have verified, so that one
// account does not take every thread that hashes; empty if it names none. Runs on the I/O thread.
using AccountOf = std::string (*)(const http::Request&, const Contexts&);

// How a request is refused. Logs it.
using Refusal = http::Response (*)(const Error&, const http::Request&, const Log&);

// Which limit on the calls of one address holds.
enum class CallLimit : std::uint8_t { none, signups, logins };

// The JSON text of a body: an object of these members, or an array of such objects. None: no body.
struct Schema {
    enum class Form : std::uint8_t { object, array, open_object };  // open: with further members

    std::span<const Member> members = {};
    Form form = Form::object;
    std::string_view name = {};  // of its type in clients that are made from the description
};

// What a route answers beside its 200 or 204.
struct FurtherAnswer {
    int status = 0;  // 0: nothing
    Schema body = {};
    std::string_view when = {};  // a sentence for people
};

// Routes that stand together in the description.
enum class Topic : std::uint8_t { sign_in, account, mail, pages, keys, hasura, operation };

// One method of one path.
struct Row {
    http::Method method = http::Method::get;
    std::string_view path = {};
    std::string_view operation_id = {};
    Topic topic = Topic::sign_in;
    std::string_view summary = {};  // a sentence for people
    Lane lane = Lane::io;
    CallerKind caller = CallerKind::anybody;
    CallLimit limit = CallLimit::none;
    AccountOf account = nullptr;               // of a row of Lane::crypto
    bool page = false;                         // answers with HTML, and its body is that of a form
    bool page_too = false;                     // answers a browser with HTML
    std::size_t body_bytes_max = 0;            // 0: no body; otherwise a JSON body, or a form
    bool metrics = false;                      // text for Prometheus, there if AUTH_METRICS says so
    bool hot = false;                          // Hasura calls it all the time
    http::ProblemForm problem_form = nullptr;  // of every error of the row
    bool by_mail = false;                      // is not there without AUTH_MAIL_URL
    bool to_try = false;                       // is not there without AUTH_TRY_PAGE
    bool body_optional = false;                // no body is as good as an empty object
    // The one member of the body that is kept. Such a body may be as large as AUTH_WEBHOOK_BODY_MAX
    // says, instead of body_bytes_max.
    std::string_view kept_member = {};
    std::span<const Member> query = {};
    std::span<const Member> headers = {};  // beside those that say who calls
    Schema request = {};
    // What an action takes in its input: the request of its route.
    Schema input = {};
    Schema response = {};  // of a 200; none: 204, or a page
    FurtherAnswer further = {};
    // What it may refuse, beside what refusals_of() finds in the other members.
    std::span<const Errc> errors = {};
    bool for_user = false;  // an action that is for somebody who is signed in
    bool hidden = false;    // not described, because nobody is to call it
    Handler handler;

    // Whether a web page of an origin that is not listed must not call it. The handler of a form
    // looks itself where it came from.
    constexpr bool guarded() const {
        return method != http::Method::get && caller != CallerKind::hasura && !with_secret() &&
               !page;
    }
    constexpr bool with_secret() const { return caller == CallerKind::hasura_with_secret; }
    // How a request is refused that does not get as far as the handler.
    constexpr Refusal refusal() const { return page ? &refuse_on_page : &refuse; }
};

// A handler of a feature as the table has it: given all contexts, it takes its own.
template <auto handler>
struct InContexts;
template <class Answer, class Context, class... Worker,
          Answer (*handler)(const http::Request&, const Context&, Worker&...)>
struct InContexts<handler> {
    static Answer call(const http::Request& request, const Contexts& contexts, Worker&... worker) {
        return handler(request, std::get<Context>(contexts), worker...);
    }
};

std::span<const Row> table();

}  // namespace signet::routes
