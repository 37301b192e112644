#include "http/response.hpp"
#include "routes/handlers.hpp"
#include "routes/html.hpp"
#include "routes/openapi.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The page /docs: what /openapi.json says, for people. It is in English, as the answers are.
namespace signet::routes {
namespace {

constexpr std::string_view kStyle = R"(
main { max-width: 52rem; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem; }
h3 { margin: 2rem 0 .25rem; font-size: 1rem; }
h4 { margin: 1rem 0 .25rem; font-size: .875rem; }
nav ul { margin: 0 0 1rem; padding: 0; list-style: none; }
nav li { margin: .25rem 0; }
dl { margin: 0 0 1rem; }
dt { margin: .5rem 0 0; }
dd { margin: 0; color: var(--quiet); font-size: .875rem; }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: 0 0 1rem; padding: .75rem; border: 1px solid var(--line); border-radius: .375rem;
  white-space: pre-wrap; }
summary { min-height: 2.75rem; padding: .625rem 0; font-weight: 600; cursor: pointer; }
)";

std::string code(std::string_view text) {
    return "<code>" + escape_html(text) + "</code>";
}

// A sentence, in which what stands between ` is code.
std::string prose(std::string_view text) {
    std::string html;
    bool in_code = false;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('`', begin), text.size());
        const std::string_view part = text.substr(begin, end - begin);
        html += in_code ? code(part) : escape_html(part);
        in_code = !in_code;
        begin = end + 1;
    }
    return html;
}

std::string_view type_words(JsonType type) {
    switch (type) {
        case JsonType::text:
            return "text";
        case JsonType::integer:
            return "whole number";
        case JsonType::flag:
            return "true or false";
        case JsonType::time:
            return "time, as in RFC 3339";
        case JsonType::texts:
            return "list of texts";
        case JsonType::object:
            return "object";
        case JsonType::objects:
            return "list of objects";
    }
    return {};
}

std::string limits_of(const Member& member, const ApiScope& scope) {
    const auto [least, most] = lengths_of(member, scope);
    if (member.type != JsonType::text || most == 0) {
        return "";
    }
    return ", " + (least > 1 ? std::to_string(least) + " to " : std::string("at most ")) +
           std::to_string(most) + " characters";
}

class ReferencePage {
public:
    explicit ReferencePage(const ApiScope& scope) : scope_(scope) {}

    std::string write() {
        html_ =
            "<h1>The API of this Signet</h1>\n<p>Bodies are JSON in UTF-8. A refusal is a "
            "problem of RFC 9457, whose <code>code</code> says what to do. The same for "
            "programs: <a href=\"openapi.json\">openapi.json</a>.</p>\n";
        std::vector<Topic> topics;
        for (const Row& row : table()) {
            if (is_described(row) && std::ranges::find(topics, row.topic) == topics.end()) {
                topics.push_back(row.topic);
            }
        }
        html_ += "<nav aria-label=\"Routes\">\n<ul>\n";
        for (const Topic topic : topics) {
            const std::string title(title_of(topic));
            html_ += "<li><a href=\"#" + id_of(topic) + "\">" + title + "</a></li>\n";
        }
        html_ += "</ul>\n</nav>\n";
        for (const Topic topic : topics) {
            const std::string title(title_of(topic));
            html_ += "<h2 id=\"" + id_of(topic) + "\">" + title + "</h2>\n";
            for (const Row& row : table()) {
                if (row.topic == topic && is_described(row)) {
                    write_route(row);
                }
            }
        }
        return std::move(html_);
    }

private:
    bool is_described(const Row& row) const { return !row.hidden && is_there(row, scope_); }

    static std::string id_of(Topic topic) {
        std::string id(title_of(topic));
        std::ranges::replace(id, ' ', '-');
        return id;
    }

    void write_route(const Row& row) {
        html_ += "<section>\n<h3 id=\"" + std::string(row.operation_id) + "\">" +
                 code(std::string(http::to_string(row.method)) + ' ' + std::string(row.path)) +
                 "</h3>\n<p>" + escape_html(row.summary) + caller(row) + "</p>\n";
        write_members("In the address", row.query);
        write_members("In the header", row.headers);
        const bool action = !row.input.members.empty();
        write_members(action ? "In <code>input</code>" : "In the body",
                      action ? row.input.members : row.request.members);
        if (!row.request.members.empty() && !row.page && !action) {
            html_ += "<pre>" + escape_html(example_of(row.request, scope_)) + "</pre>\n";
        }
        write_answer(row);
        write_refusals(row);
        html_ += "</section>\n";
    }

    static std::string caller(const Row& row) {
        switch (row.caller) {
            case CallerKind::anybody:
                return "";
            case CallerKind::bearer:
                return " Needs an access token: <code>Authorization: Bearer</code>.";
            case CallerKind::hasura:
                return " Hasura calls it for a client.";
            case CallerKind::hasura_with_secret:
                return " Hasura calls it, with <code>X-Action-Secret</code>.";
        }
        return "";
    }

    void write_members(std::string_view heading, std::span<const Member> members) {
        if (members.empty()) {
            return;
        }
        html_ += "<h4>" + std::string(heading) + "</h4>\n<dl>\n";
        for (const Member& member : members) {
            html_ += "<dt>" + code(member.name) + "</dt>\n<dd>" +
                     std::string(type_words(member.type)) + limits_of(member, scope_) +
                     (is_required(member, scope_) ? "" : ", may be left out") +
                     (member.nullable ? ", or null" : "") + ". " + prose(member.meaning->about) +
                     "</dd>\n";
        }
        html_ += "</dl>\n";
    }

    void write_answer(const Row& row) {
        if (row.page) {
            html_ += "<p>Answers with a page for people.</p>\n";
        } else if (row.metrics) {
            html_ += "<p>Answers with plain text.</p>\n";
        } else if (row.response.members.empty()) {
            html_ += "<p>Answers 204.</p>\n";
        } else {
            const bool list = row.response.form == Schema::Form::array;
            write_members(list ? "Answers 200, with a list of" : "Answers 200",
                          row.response.members);
            html_ += "<pre>" + escape_html(example_of(row.response, scope_)) + "</pre>\n";
        }
        if (row.further.status != 0) {
            html_ += "<p>Or answers " + std::to_string(row.further.status) + ". " +
                     prose(row.further.when) + "</p>\n";
        }
    }

    void write_refusals(const Row& row) {
        if (row.page) {
            return;
        }
        html_ += "<details>\n<summary>What it may refuse</summary>\n<dl>\n";
        for (const Refused& refused : refusals_of(row, scope_)) {
            html_ += "<dt>" + std::to_string(refused.status) + ' ' + code(refused.code) +
                     "</dt>\n<dd>" + prose(refused.detail) + "</dd>\n";
        }
        html_ += "</dl>\n";
        if (const std::vector<std::string_view> faults = faults_of(row); !faults.empty()) {
            html_ += "<p>Of members:";
            for (const std::string_view fault : faults) {
                html_ += ' ' + code(fault);
            }
            html_ += "</p>\n";
        }
        html_ += "</details>\n";
    }

    const ApiScope& scope_;
    std::string html_;
};

}  // namespace

std::shared_ptr<const http::CachedResponse> make_reference_page(const ApiScope& scope) {
    return http::CachedResponse::make(page_reply({.language = "en",
                                                  .title = "API of Signet",
                                                  .content = ReferencePage(scope).write(),
                                                  .style = kStyle}));
}

http::Response get_docs(const http::Request&, const ApiContext& context) {
    http::Response response;
    response.cached = context.page;
    return response;
}

}  // namespace signet::routes
