#include "cli/action_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace json = boost::json;

namespace signet::cli {
namespace {

std::string text_of(const json::value& object, std::string_view name) {
    const json::value* const value = object.as_object().if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

struct Token {
    std::size_t begin;
    std::size_t end;
    std::string_view text;

    bool is_description() const { return text.starts_with('"'); }
};

// Where the token ends that begins at `at`.
std::size_t token_end(std::string_view text, std::size_t at) {
    constexpr std::string_view kName =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    if (text.substr(at).starts_with(R"(""")")) {
        std::size_t end = at + 3;
        do {
            end = text.find(R"(""")", end);
            end = end == std::string_view::npos ? text.size() : end + 3;
        } while (end < text.size() && text[end - 4] == '\\');
        return end;
    }
    if (text[at] == '"') {
        std::size_t end = at + 1;
        while (end < text.size() && text[end] != '"' && text[end] != '\n') {
            end += text[end] == '\\' ? 2U : 1U;
        }
        return std::min(end + 1, text.size());
    }
    return kName.find(text[at]) == std::string_view::npos
               ? at + 1
               : std::min(text.find_first_not_of(kName, at), text.size());
}

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> out;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n,\xEF\xBB\xBF", at)) != std::string_view::npos) {
        if (text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        const std::size_t end = token_end(text, at);
        out.push_back({at, end, text.substr(at, end - at)});
        at = end;
    }
    return out;
}

// A definition, or a field of Query or Mutation, and where in the text it stands.
struct Part {
    std::string name;
    std::string content;
    std::size_t begin;
    std::size_t end;
};

class PartReader {
public:
    explicit PartReader(std::string_view text) : tokens_(tokens_of(text)) {}

    std::vector<Part> read() {
        std::size_t begin = 0;
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (depth_ == 0 && at > begin && begins_definition(at)) {
                add_definition(begin, at);
                begin = at;
            }
            count_brackets(tokens_[at].text);
        }
        if (begin < tokens_.size()) {
            add_definition(begin, tokens_.size());
        }
        return std::move(parts_);
    }

private:
    void count_brackets(std::string_view sign) {
        if (sign == "{" || sign == "(" || sign == "[") {
            ++depth_;
        } else if ((sign == "}" || sign == ")" || sign == "]") && depth_ > 0) {
            --depth_;
        }
    }

    bool begins_definition(std::size_t at) const {
        constexpr std::array<std::string_view, 9> kWords{"type",      "input",     "enum",
                                                         "interface", "union",     "scalar",
                                                         "schema",    "directive", "extend"};
        const auto is_word = [&](std::size_t place) {
            return std::ranges::find(kWords, tokens_[place].text) != kWords.end();
        };
        // `type type {` names a type; `extend type` is one definition.
        const bool follows_word = at > 0 && is_word(at - 1);
        return tokens_[at].is_description() ||
               (is_word(at) && !follows_word && !tokens_[at - 1].is_description());
    }

    // The tokens from `from` up to `to`, with one blank between them.
    std::string content(std::size_t from, std::size_t to) const {
        std::string out;
        for (std::size_t at = from; at < to; ++at) {
            if (!tokens_[at].is_description()) {
                out += (out.empty() ? "" : " ") + std::string(tokens_[at].text);
            }
        }
        return out;
    }

    void add_definition(std::size_t from, std::size_t to) {
        while (from < to && (tokens_[from].is_description() || tokens_[from].text == "extend")) {
            ++from;
        }
        if (to - from < 2) {
            return;
        }
        const std::string name(tokens_[from + 1].text);
        if (tokens_[from].text == "type" && (name == "Query" || name == "Mutation")) {
            add_fields(name, from + 2, to);
            return;
        }
        parts_.push_back({std::string(tokens_[from].text) + ' ' + name, content(from, to),
                          tokens_[from].begin, tokens_[to - 1].end});
    }

    void add_fields(const std::string& root, std::size_t from, std::size_t to) {
        std::vector<std::size_t> starts;
        std::size_t depth = 0;
        for (std::size_t at = from; at + 1 < to; ++at) {
            const std::string_view sign = tokens_[at].text;
            const std::string_view next = tokens_[at + 1].text;
            if (sign == "{" || sign == "(") {
                ++depth;
            } else if (sign == "}" || sign == ")") {
                depth -= depth > 0 ? 1U : 0U;
            } else if (depth == 1 && (next == "(" || next == ":") && sign != ")" &&
                       tokens_[at - 1].text != "@") {
                starts.push_back(at);
            }
        }
        for (std::size_t index = 0; index < starts.size(); ++index) {
            std::size_t end = index + 1 < starts.size() ? starts[index + 1] : to - 1;
            while (tokens_[end - 1].is_description()) {
                --end;
            }
            parts_.push_back({root + '.' + std::string(tokens_[starts[index]].text),
                              content(starts[index], end), tokens_[starts[index]].begin,
                              tokens_[end - 1].end});
        }
    }

    std::vector<Token> tokens_;
    std::vector<Part> parts_;
    std::size_t depth_ = 0;
};

std::string action_text(const json::value& action) {
    const json::value& definition = action.at("definition");
    std::string arguments;
    for (const json::value& argument : definition.at("arguments").as_array()) {
        arguments += "    " + text_of(argument, "name") + ": " + text_of(argument, "type") + '\n';
    }
    return text_of(action, "name") + (arguments.empty() ? "" : "(\n" + arguments + "  )") + ": " +
           text_of(definition, "output_type");
}

}  // namespace

std::vector<SchemaDefinition> action_schema(const json::object& metadata) {
    std::vector<SchemaDefinition> out;
    if (!metadata.contains("actions")) {
        return out;
    }
    for (const json::value& action : metadata.at("actions").as_array()) {
        const bool query = text_of(action.at("definition"), "type") == "query";
        const std::string root = query ? "Query" : "Mutation";
        out.push_back({root + '.' + text_of(action, "name"),
                       "type " + root + " {\n  " + action_text(action) + "\n}\n"});
    }
    for (const json::value& type : metadata.at("custom_types").at("objects").as_array()) {
        std::string text = "type " + text_of(type, "name") + " {\n";
        for (const json::value& field : type.at("fields").as_array()) {
            text += "  " + text_of(field, "name") + ": " + text_of(field, "type") + '\n';
        }
        out.push_back({"type " + text_of(type, "name"), text + "}\n"});
    }
    return out;
}

std::vector<SchemaChange> merge_schema(std::string& schema,
                                       const std::vector<SchemaDefinition>& definitions) {
    std::vector<SchemaChange> changes;
    for (const SchemaDefinition& wanted : definitions) {
        const Part ours = PartReader(wanted.text).read().at(0);
        const std::vector<Part> theirs = PartReader(schema).read();
        const auto found = std::ranges::find(theirs, wanted.name, &Part::name);
        if (found == theirs.end()) {
            schema += (schema.empty() ? "" : schema.ends_with('\n') ? "\n" : "\n\n") + wanted.text;
            changes.push_back({wanted.name, std::nullopt, ours.content});
        } else if (found->content != ours.content) {
            schema.replace(found->begin, found->end - found->begin,
                           wanted.text.substr(ours.begin, ours.end - ours.begin));
            changes.push_back({wanted.name, found->content, ours.content});
        }
    }
    return changes;
}

}  // namespace signet::cli
