#include "routes/pages.hpp"

#include "base/form.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/url.hpp"
#include "routes/browsers.hpp"
#include "routes/error_table.hpp"
#include "routes/handlers.hpp"
#include "routes/html.hpp"
#include "routes/page_words.hpp"
#include "routes/reply.hpp"
#include "routes/signed_in_reply.hpp"

#include <signet/service/recovery.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What the links of mails lead to. A GET uses nothing up, because mail scanners follow links; the
// form on its page does.
namespace signet::routes {
namespace {

// The names of fields. A use case points at them with a slash before.
constexpr std::string_view kTicket = "ticket";
constexpr std::string_view kRedirectTo = "redirectTo";
constexpr std::string_view kUsername = "username";
constexpr std::string_view kPassword = "password";
constexpr std::string_view kNewPassword = "newPassword";

const PageWords& words_for(const http::Request& request) {
    return page_words(request.header("accept-language").value_or(""));
}

TicketPorts ticket_ports(const http::Request& request, const RecoveryContext& context,
                         SessionStore& sessions) {
    return {sessions, context.sealer, context.signer, context.random, origin_of(request)};
}

Error malformed() {
    return {Errc::invalid_input, "not encoded as browsers encode forms"};
}

// Returns the ticket of a query or a form, and uses nothing up. The place that the link leads to
// belongs to the ticket; a link in which it was changed is refused.
Result<Ticket> look(const Form& form, const TicketPorts& ports) {
    auto ticket = look_at_ticket(form.find(kTicket).value_or(""), ports);
    if (!ticket) {
        return ticket;
    }
    if (!ticket->active || ticket->purpose == TicketPurpose::sign_in_code) {
        return Error{Errc::invalid_ticket, "of an inactive user, or a code"};
    }
    const auto redirect_to = form.find(kRedirectTo);
    if (redirect_to && *redirect_to != ticket->redirect_to.value_or("")) {
        return Error::field("/redirectTo", "redirect-not-allowed",
                            "It is not the one that the link was made with.");
    }
    return ticket;
}

// What was wrong with the last try.
struct Problem {
    int status = 200;
    std::string_view field;  // its name; empty: nothing was wrong
    std::string text;
};

// A form as it is shown.
struct FormView {
    const PageWords& words;
    std::string_view ticket;    // its text
    std::string_view username;  // as it was typed
    Problem problem;
};

// A field that somebody fills in.
struct Field {
    std::string_view name;
    std::string_view label;
    std::string_view hint = {};
};

// `attributes` is HTML.
void append_field(std::string& html, const FormView& view, const Field& field,
                  std::string_view attributes) {
    const std::string id(field.name);
    const bool wrong = view.problem.field == field.name;
    std::string notes;  // below the field, which names them
    std::string ids;
    const auto note = [&](const std::string& kind, std::string_view role, std::string_view text) {
        ids += (ids.empty() ? "" : " ") + id + '-' + kind;
        notes += "<p id=\"" + id + '-' + kind + "\" class=\"" + kind + '"' + std::string(role) +
                 '>' + escape_html(text) + "</p>\n";
    };
    if (wrong) {
        note("problem", " role=\"alert\"", view.problem.text);
    }
    if (!field.hint.empty()) {
        note("hint", "", field.hint);
    }
    html += "<label for=\"" + id + "\">" + escape_html(field.label) + "</label>\n<input id=\"" +
            id + "\" name=\"" + id + "\" " + std::string(attributes);
    html += wrong ? " aria-invalid=\"true\" autofocus" : "";
    html += (ids.empty() ? "" : " aria-describedby=\"" + ids + '"') + ">\n" + notes;
}

void append_password(std::string& html, const FormView& view, std::string_view name,
                     std::string_view label) {
    append_field(html, view, {name, label, view.words.password_hint},
                 R"(type="password" autocomplete="new-password" required)");
}

// Lets a line end in an address where people would end it.
std::string breakable(std::string address) {
    const std::size_t at = address.rfind('@');
    return at == std::string::npos ? address : address.insert(at + 1, "<wbr>");
}

http::Response show_form(const Ticket& ticket, const FormView& view) {
    const PageWords& words = view.words;
    const Question& question = words.question(ticket.purpose);
    const bool wrong = !view.problem.field.empty();
    const std::string address = escape_html(ticket.new_address.value_or(ticket.address));
    std::string html = "<h1>" + escape_html(question.title) + "</h1>\n<p>" +
                       escape_html(question.text) + "</p>\n<p class=\"account\">" +
                       breakable(address) +
                       "</p>\n<form method=\"post\" action=\"verify\">\n"
                       "<input type=\"hidden\" name=\"ticket\" value=\"" +
                       escape_html(view.ticket) + "\">\n";
    if (ticket.purpose == TicketPurpose::reset_password) {
        // It is not sent, but password managers learn from it whose password this is.
        html +=
            "<input type=\"text\" autocomplete=\"username\" value=\"" + address + "\" hidden>\n";
        append_password(html, view, kNewPassword, words.new_password);
    } else if (ticket.purpose == TicketPurpose::accept_invitation) {
        append_field(html, view, {kUsername, words.username},
                     R"(type="text" autocomplete="username" autocapitalize="none" value=")" +
                         escape_html(view.username) + '"');
        append_password(html, view, kPassword, words.password);
    }
    html += "<button type=\"submit\">" + escape_html(question.button) + "</button>\n</form>\n";
    return page_reply({wrong ? view.problem.status : 200, words.language,
                       std::string(wrong ? words.problem : "") + std::string(question.title),
                       std::move(html)});
}

// A page that says something and asks nothing.
http::Response show_text(int status, const PageWords& words, std::string_view title,
                         std::string_view text) {
    return page_reply({status, words.language, std::string(title),
                       "<h1>" + escape_html(title) + "</h1>\n<p>" + escape_html(text) + "</p>\n"});
}

// Returns what is wrong with a field of the form, if that is what the error says.
std::optional<Problem> problem_of(const Error& error, const PageWords& words) {
    const ErrorRow& row = describe(error.errc);
    if (error.errc == Errc::username_taken) {
        return Problem{row.status, kUsername,
                       std::string(words.complaint("username-taken", row.detail))};
    }
    if (error.errc != Errc::invalid_input || error.fields.empty()) {
        return std::nullopt;
    }
    const FieldError& first = error.fields.front();
    for (const std::string_view field : {kUsername, kPassword, kNewPassword}) {
        if (first.pointer == '/' + std::string(field)) {
            return Problem{row.status, field,
                           std::string(words.complaint(first.code, first.detail))};
        }
    }
    return std::nullopt;
}

// A text that was typed, wiped in the end.
struct Typed {
    std::string text;
    WipeOnExit wiped{text};

    Typed(const Form& form, std::string_view name) : text(form.find(name).value_or("")) {}
};

Error missing(std::string_view field) {
    return Error::field('/' + std::string(field), "required", "The field is empty.");
}

// What became of a form: somebody who is signed in, or nothing further.
using Followed = Result<std::optional<SignedIn>>;

Followed without_session(const Result<void>& done) {
    return done ? Followed(std::nullopt) : Followed(done.error());
}

Followed with_session(Result<SignedIn> done) {
    if (done) {
        return std::optional<SignedIn>(std::move(*done));
    }
    // That is what sign_in_by_ticket() says of a ticket that somebody else has used meanwhile.
    return done.error().errc == Errc::invalid_credentials
               ? Error{Errc::invalid_ticket, done.error().log_detail}
               : done.error();
}

// Uses up the ticket, unless the outcome is an error.
Followed follow(TicketPurpose purpose, const Form& form, const http::Request& request,
                const RecoveryContext& context, CryptoWorker& worker) {
    const TicketPorts ports = ticket_ports(request, context, worker.sessions);
    const Typed ticket(form, kTicket);
    if (purpose == TicketPurpose::reset_password) {
        const Typed password(form, kNewPassword);
        return password.text.empty()
                   ? missing(kNewPassword)
                   : without_session(reset_password(ticket.text, password.text, ports,
                                                    worker.hasher, context.judge, context.mail));
    }
    if (purpose == TicketPurpose::sign_in_link) {
        return with_session(sign_in_by_ticket(ticket.text, client_of(request), ports,
                                              context.policy, context.mail, request.now_s));
    }
    if (purpose == TicketPurpose::accept_invitation) {
        const std::string_view name = trim_white_space(form.find(kUsername).value_or(""));
        InvitationInput input{ticket.text,
                              name.empty() ? std::nullopt : std::optional<std::string>(name),
                              std::string(form.find(kPassword).value_or("")), client_of(request)};
        const WipeOnExit wipe_ticket(input.ticket);
        const WipeOnExit wipe_password(input.password);
        return input.password.empty()
                   ? missing(kPassword)
                   : with_session(accept_invitation(input, ports, worker.hasher, context.judge,
                                                    context.policy, context.mail, request.now_s));
    }
    const auto address = verify_email(ticket.text, ports, context.mail);
    return without_session(address ? Result<void>() : address.error());
}

// The page that says what was done. Its address takes the place of one with a refresh token, which
// no application has taken out: it would stay in the browser's history.
constexpr std::string_view kDone = "done";
constexpr std::string_view kTakeTokenAway =
    R"(if (location.hash.includes("refreshToken=")) location.replace("?done=no-application"))";

// Where somebody goes in the end. `token` says whether a refresh token is added.
std::string destination(const Ticket& ticket, const MailPolicy& policy, bool token) {
    if (ticket.redirect_to && may_redirect(*ticket.redirect_to, policy.redirects)) {
        return *ticket.redirect_to;
    }
    if (!policy.ends_here) {
        return policy.redirects.client_url;
    }
    std::string home = url_below(policy.issuer, "/");
    if (!token) {
        home.append("?").append(kDone).append("=").append(to_string(ticket.purpose));
    }
    return home;
}

// Adds to the fragment, which no server sees.
void append_refresh_token(std::string& url, std::string_view token) {
    url += url.find('#') == std::string::npos ? '#' : '&';
    url.append("refreshToken=").append(token);
}

}  // namespace

http::Response refuse_on_page(const Error& error, const http::Request& request, const Log& log) {
    log_refusal(error, request, log);
    const PageWords& words = words_for(request);
    const Apology& apology = words.apology(error.errc);
    http::Response response =
        show_text(describe(error.errc).status, words, apology.title, apology.text);
    response.code = to_string(error.errc);
    add_retry_after(error, response);
    return response;
}

http::Response get_home(const http::Request& request, const RecoveryContext& context) {
    const std::string& issuer = context.mail.issuer;
    if (request.header("accept").value_or("").find("text/html") == std::string_view::npos) {
        JsonWriter json;
        json.begin_object().member("service", "signet").member("issuer", issuer);
        json.member("openidConfiguration", url_below(issuer, "/.well-known/openid-configuration"));
        json.member("jwks", url_below(issuer, "/jwks"));
        json.member("openapi", url_below(issuer, "/openapi.json"));
        return private_json_reply(json.end_object().take());
    }
    const PageWords& words = words_for(request);
    const std::optional<Form> query = Form::parse(request.query);
    const Ending* const ending = query ? words.ending(query->find(kDone).value_or("")) : nullptr;
    if (ending != nullptr) {
        return show_text(200, words, ending->title, ending->text);
    }
    const auto item = [](std::string_view path, std::string_view name) {
        return "<li><a href=\"" + std::string(path) + "\">" + escape_html(name) + "</a></li>\n";
    };
    const std::string trial =
        context.browsers.try_page
            ? "<p><a class=\"button\" href=\"try\">" + escape_html(words.trial) + "</a></p>\n"
            : "";
    return page_reply({200, words.language, "Signet",
                       "<h1>Signet</h1>\n<p>" + escape_html(words.home) + "</p>\n" + trial + "<p>" +
                           escape_html(words.programs) + "</p>\n<ul>\n" +
                           item(".well-known/openid-configuration", words.configuration) +
                           item("jwks", words.keys) + item("docs", words.routes) + "</ul>\n",
                       kTakeTokenAway});
}

http::Response get_verify(const http::Request& request, const RecoveryContext& context,
                          DataWorker& worker) {
    const std::optional<Form> query = Form::parse(request.query);
    if (!query) {
        return refuse_on_page(malformed(), request, context.log);
    }
    const auto ticket = look(*query, ticket_ports(request, context, worker.sessions));
    if (!ticket) {
        return refuse_on_page(ticket.error(), request, context.log);
    }
    return show_form(*ticket, {words_for(request), query->find(kTicket).value_or(""), {}, {}});
}

http::Response post_verify(const http::Request& request, const RecoveryContext& context,
                           CryptoWorker& worker) {
    if (!form_may_come(request, context.browsers)) {
        return refuse_on_page(origin_refused(request), request, context.log);
    }
    const std::optional<Form> form = Form::parse(request.body);
    if (!form) {
        return refuse_on_page(malformed(), request, context.log);
    }
    const auto ticket = look(*form, ticket_ports(request, context, worker.sessions));
    if (!ticket) {
        return refuse_on_page(ticket.error(), request, context.log);
    }
    const Followed followed = follow(ticket->purpose, *form, request, context, worker);
    const PageWords& words = words_for(request);
    if (!followed) {
        const auto problem = problem_of(followed.error(), words);
        if (!problem) {
            return refuse_on_page(followed.error(), request, context.log);
        }
        log_refusal(followed.error(), request, context.log);
        http::Response again = show_form(*ticket, {words, form->find(kTicket).value_or(""),
                                                   form->find(kUsername).value_or(""), *problem});
        again.code = to_string(followed.error().errc);
        return again;
    }
    context.wake();
    const std::optional<SignedIn>& signed_in = *followed;
    const bool token = signed_in && !context.browsers.cookies;
    std::string location = destination(*ticket, context.mail, token);
    if (token) {
        append_refresh_token(location, signed_in->refresh_token);
    }
    http::Response response = see_other(std::move(location));
    if (signed_in) {
        const bool invited = ticket->purpose == TicketPurpose::accept_invitation;
        note_signed_in(*signed_in, invited ? "invitation-accepted" : "login-by-link", request,
                       {context.policy, context.browsers, context.log}, response);
    }
    return response;
}

}  // namespace signet::routes
