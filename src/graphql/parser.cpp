#include "base/utf8.hpp"
#include "graphql/document.hpp"

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/parse_tree.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace signet::graphql {
namespace {

namespace peg = tao::pegtl;

// The grammar, with the names of the specification. What a rule takes ends with what is ignored
// behind it, so that a rule begins with what matters.
// NOLINTBEGIN(readability-identifier-naming): rules are written as PEGTL writes its own.
namespace grammar {

using namespace peg;  // NOLINT(google-build-using-namespace): a grammar is written in it

struct comment : seq<one<'#'>, star<not_one<'\n', '\r'>>> {};
struct byte_order_mark : string<'\xEF', '\xBB', '\xBF'> {};
struct ignored : star<sor<one<' ', '\t', '\n', '\r', ','>, comment, byte_order_mark>> {};

struct name_start : sor<alpha, one<'_'>> {};
struct name_continue : sor<alnum, one<'_'>> {};
struct name_text : seq<name_start, star<name_continue>> {};
struct name : seq<name_text, ignored> {};
template <char... C>
struct keyword : seq<string<C...>, not_at<name_continue>, ignored> {};
template <char... C>
struct punctuator : seq<string<C...>, ignored> {};

// Section 2.9: numbers.
struct integer_part : seq<opt<one<'-'>>, sor<one<'0'>, seq<range<'1', '9'>, star<digit>>>> {};
struct exponent : seq<one<'e', 'E'>, opt<one<'+', '-'>>, plus<digit>> {};
struct fraction : seq<one<'.'>, plus<digit>> {};
struct number_end : not_at<sor<digit, one<'.'>, name_start>> {};
struct float_text : seq<integer_part, sor<seq<fraction, opt<exponent>>, exponent>, number_end> {};
struct int_text : seq<integer_part, number_end> {};

// Section 2.9.4: strings. An escape that names no code point is found when it is read.
struct block_quotes : string<'"', '"', '"'> {};
struct block_text : star<sor<string<'\\', '"', '"', '"'>, seq<not_at<block_quotes>, any>>> {};
struct block_string : seq<block_quotes, block_text, block_quotes> {};
struct unicode_escape : seq<one<'u'>, sor<rep<4, xdigit>, seq<one<'{'>, plus<xdigit>, one<'}'>>>> {
};
struct escape : seq<one<'\\'>, sor<one<'"', '\\', '/', 'b', 'f', 'n', 'r', 't'>, unicode_escape>> {
};
struct string_text : star<sor<escape, not_one<'"', '\\', '\n', '\r'>>> {};
struct plain_string : seq<not_at<block_quotes>, one<'"'>, string_text, one<'"'>> {};
struct string_value : seq<sor<block_string, plain_string>, ignored> {};

struct float_value : seq<float_text, ignored> {};
struct int_value : seq<int_text, ignored> {};
struct boolean_value : sor<keyword<'t', 'r', 'u', 'e'>, keyword<'f', 'a', 'l', 's', 'e'>> {};
struct null_value : keyword<'n', 'u', 'l', 'l'> {};
struct enum_value : name {};
struct variable : seq<punctuator<'$'>, name> {};

template <bool Constant>
struct value;
template <bool Constant>
struct list_value : seq<punctuator<'['>, star<value<Constant>>, punctuator<']'>> {};
template <bool Constant>
struct object_field : seq<name, punctuator<':'>, value<Constant>> {};
template <bool Constant>
struct object_value : seq<punctuator<'{'>, star<object_field<Constant>>, punctuator<'}'>> {};
template <bool Constant>
struct value
    : sor<std::conditional_t<Constant, failure, variable>, float_value, int_value, string_value,
          boolean_value, null_value, enum_value, list_value<Constant>, object_value<Constant>> {};

template <bool Constant>
struct argument : seq<name, punctuator<':'>, value<Constant>> {};
template <bool Constant>
struct arguments : seq<punctuator<'('>, plus<argument<Constant>>, punctuator<')'>> {};
template <bool Constant>
struct directive : seq<punctuator<'@'>, name, opt<arguments<Constant>>> {};
template <bool Constant>
struct directives : star<directive<Constant>> {};

struct type;
struct list_type : seq<punctuator<'['>, type, punctuator<']'>> {};
struct named_type : name {};
struct non_null : punctuator<'!'> {};
struct type : seq<sor<named_type, list_type>, opt<non_null>> {};

struct default_value : seq<punctuator<'='>, value<true>> {};
struct variable_definition
    : seq<variable, punctuator<':'>, type, opt<default_value>, directives<true>> {};
struct variable_definitions : seq<punctuator<'('>, plus<variable_definition>, punctuator<')'>> {};

struct on : keyword<'o', 'n'> {};
struct type_condition : seq<on, name> {};
struct selection_set;
struct alias : seq<name, punctuator<':'>> {};
struct field : seq<opt<alias>, name, opt<arguments<false>>, directives<false>, opt<selection_set>> {
};
struct fragment_name : seq<not_at<on>, name> {};
struct spread : seq<punctuator<'.', '.', '.'>, fragment_name, directives<false>> {};
struct inline_fragment
    : seq<punctuator<'.', '.', '.'>, opt<type_condition>, directives<false>, selection_set> {};
struct selection_set
    : seq<punctuator<'{'>, plus<sor<field, spread, inline_fragment>>, punctuator<'}'>> {};

struct operation_type
    : sor<keyword<'q', 'u', 'e', 'r', 'y'>, keyword<'m', 'u', 't', 'a', 't', 'i', 'o', 'n'>,
          keyword<'s', 'u', 'b', 's', 'c', 'r', 'i', 'p', 't', 'i', 'o', 'n'>> {};
struct operation : sor<selection_set, seq<operation_type, opt<name>, opt<variable_definitions>,
                                          directives<false>, selection_set>> {};
struct fragment : seq<keyword<'f', 'r', 'a', 'g', 'm', 'e', 'n', 't'>, fragment_name,
                      type_condition, directives<false>, selection_set> {};

// Section 3: the type system, which is told from what is no GraphQL at all.
struct description : string_value {};
struct input_value_definition
    : seq<opt<description>, name, punctuator<':'>, type, opt<default_value>, directives<true>> {};
struct argument_definitions : seq<punctuator<'('>, plus<input_value_definition>, punctuator<')'>> {
};
struct field_definition : seq<opt<description>, name, opt<argument_definitions>, punctuator<':'>,
                              type, directives<true>> {};
struct fields_definition : seq<punctuator<'{'>, plus<field_definition>, punctuator<'}'>> {};
struct input_fields_definition
    : seq<punctuator<'{'>, plus<input_value_definition>, punctuator<'}'>> {};
struct enum_value_definition
    : seq<opt<description>, not_at<sor<boolean_value, null_value>>, name, directives<true>> {};
struct enum_values_definition : seq<punctuator<'{'>, plus<enum_value_definition>, punctuator<'}'>> {
};
struct operation_type_definition : seq<operation_type, punctuator<':'>, name> {};
struct operation_types : seq<punctuator<'{'>, plus<operation_type_definition>, punctuator<'}'>> {};
template <char Separator, class Name = name>
struct names : seq<opt<punctuator<Separator>>, Name, star<punctuator<Separator>, Name>> {};
struct implements : seq<keyword<'i', 'm', 'p', 'l', 'e', 'm', 'e', 'n', 't', 's'>, names<'&'>> {};
struct members : seq<punctuator<'='>, names<'|'>> {};

// A block that may be left out. A brace that begins none must not begin an operation, either.
template <class Block>
struct maybe : sor<Block, not_at<one<'{'>>> {};
struct schema_word : keyword<'s', 'c', 'h', 'e', 'm', 'a'> {};
struct scalar_definition : seq<keyword<'s', 'c', 'a', 'l', 'a', 'r'>, name, directives<true>> {};
struct object_definition
    : seq<sor<keyword<'t', 'y', 'p', 'e'>, keyword<'i', 'n', 't', 'e', 'r', 'f', 'a', 'c', 'e'>>,
          name, opt<implements>, directives<true>, maybe<fields_definition>> {};
struct union_definition
    : seq<keyword<'u', 'n', 'i', 'o', 'n'>, name, directives<true>, opt<members>> {};
struct enum_definition
    : seq<keyword<'e', 'n', 'u', 'm'>, name, directives<true>, maybe<enum_values_definition>> {};
struct input_definition : seq<keyword<'i', 'n', 'p', 'u', 't'>, name, directives<true>,
                              maybe<input_fields_definition>> {};
template <class... Names>
struct location : seq<sor<Names...>, not_at<name_continue>, ignored> {};
struct directive_location
    : location<TAO_PEGTL_STRING("QUERY"), TAO_PEGTL_STRING("MUTATION"),
               TAO_PEGTL_STRING("SUBSCRIPTION"), TAO_PEGTL_STRING("FIELD_DEFINITION"),
               TAO_PEGTL_STRING("FIELD"), TAO_PEGTL_STRING("FRAGMENT_DEFINITION"),
               TAO_PEGTL_STRING("FRAGMENT_SPREAD"), TAO_PEGTL_STRING("INLINE_FRAGMENT"),
               TAO_PEGTL_STRING("VARIABLE_DEFINITION"), TAO_PEGTL_STRING("SCHEMA"),
               TAO_PEGTL_STRING("SCALAR"), TAO_PEGTL_STRING("OBJECT"),
               TAO_PEGTL_STRING("ARGUMENT_DEFINITION"), TAO_PEGTL_STRING("INTERFACE"),
               TAO_PEGTL_STRING("UNION"), TAO_PEGTL_STRING("ENUM_VALUE"), TAO_PEGTL_STRING("ENUM"),
               TAO_PEGTL_STRING("INPUT_OBJECT"), TAO_PEGTL_STRING("INPUT_FIELD_DEFINITION"),
               TAO_PEGTL_STRING("DIRECTIVE_DEFINITION")> {};
struct directive_definition
    : seq<keyword<'d', 'i', 'r', 'e', 'c', 't', 'i', 'v', 'e'>, punctuator<'@'>, name,
          opt<argument_definitions>, opt<keyword<'r', 'e', 'p', 'e', 'a', 't', 'a', 'b', 'l', 'e'>>,
          on, names<'|', directive_location>> {};
struct named_definition : sor<scalar_definition, object_definition, union_definition,
                              enum_definition, input_definition> {};
struct definition_of_type
    : seq<opt<description>, sor<seq<schema_word, directives<true>, operation_types>,
                                named_definition, directive_definition>> {};
struct extension
    : seq<keyword<'e', 'x', 't', 'e', 'n', 'd'>,
          sor<seq<schema_word, directives<true>, maybe<operation_types>>, named_definition>> {};
struct type_definition : sor<definition_of_type, extension> {};

struct document : seq<ignored, plus<sor<operation, fragment, type_definition>>, eof> {};

// The words alone, to count them before anything recurses.
struct open_bracket : one<'{', '[', '('> {};
struct close_bracket : one<'}', ']', ')'> {};
struct token : sor<open_bracket, close_bracket, string<'.', '.', '.'>,
                   one<'!', '$', '&', ':', '=', '@', '|'>, name_text, float_text, int_text,
                   block_string, plain_string> {};
struct tokens : seq<ignored, star<token, ignored>, eof> {};

template <class Rule>
struct is_node
    : parse_tree::selector<
          Rule, parse_tree::store_content::on<
                    name, string_value, float_value, int_value, boolean_value, null_value,
                    enum_value, variable, list_value<true>, list_value<false>, object_value<true>,
                    object_value<false>, object_field<true>, object_field<false>, argument<true>,
                    argument<false>, directive<true>, directive<false>, list_type, named_type,
                    non_null, type, default_value, variable_definition, type_condition, alias,
                    field, fragment_name, spread, inline_fragment, selection_set, operation_type,
                    operation, fragment, type_definition>> {};

}  // namespace grammar
// NOLINTEND(readability-identifier-naming)

using Node = peg::parse_tree::node;

// How far the words make sense, and how many there are.
struct Count {
    std::string_view text = {};
    std::size_t tokens = 0;
    std::size_t brackets = 0;
    std::size_t brackets_max = 0;
    std::size_t furthest = 0;
};

template <class Rule>
struct Counting : peg::nothing<Rule> {};
template <>
struct Counting<grammar::token> {
    template <class Input>
    static void apply(const Input& /*input*/, Count& count) {
        ++count.tokens;
    }
};
template <>
struct Counting<grammar::open_bracket> {
    template <class Input>
    static void apply(const Input& /*input*/, Count& count) {
        count.brackets_max = std::max(count.brackets_max, ++count.brackets);
    }
};
template <>
struct Counting<grammar::close_bracket> {
    template <class Input>
    static void apply(const Input& /*input*/, Count& count) {
        count.brackets -= count.brackets > 0 ? 1 : 0;
    }
};
// It is matched behind each token, so it ends where the next one begins.
template <>
struct Counting<grammar::ignored> {
    template <class Input>
    static void apply(const Input& input, Count& count) {
        const auto end = static_cast<std::size_t>(input.end() - count.text.data());
        count.furthest = std::max(count.furthest, end);
    }
};

void append_utf8(std::string& out, std::uint32_t code_point) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | (code_point >> 6));
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | (code_point >> 12));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | (code_point >> 18));
        put(0x80 | ((code_point >> 12) & 0x3F));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

bool is_surrogate(std::uint32_t code, std::uint32_t first) {
    return code >= first && code < first + 0x400;
}

// Turns the tree of the grammar into that of the document.
class Builder {
public:
    explicit Builder(std::string_view text) : text_(text) {}

    Document document(const Node& root) {
        Document out;
        for (const auto& child : root.children) {
            if (child->is_type<grammar::operation>()) {
                out.operations.push_back(operation(*child));
            } else if (child->is_type<grammar::fragment>()) {
                out.fragments.push_back(fragment(*child));
            } else {
                out.type_definitions.push_back(place(*child));
            }
        }
        return out;
    }

    // Where a string has an escape that names no character.
    std::optional<Place> bad_escape() const { return bad_escape_; }

private:
    Place place(const Node& node) const {
        return static_cast<Place>(node.string_view().data() - text_.data());
    }

    // The word without what is ignored behind it.
    static std::string word(const Node& node) {
        const std::string_view text = node.string_view();
        return std::string(text.substr(0, text.find_first_of(" \t\n\r,#\xEF")));
    }

    static bool is_directive(const Node& node) {
        return node.is_type<grammar::directive<true>>() ||
               node.is_type<grammar::directive<false>>();
    }
    static bool is_argument(const Node& node) {
        return node.is_type<grammar::argument<true>>() || node.is_type<grammar::argument<false>>();
    }

    Value value(const Node& node) {  // NOLINT(misc-no-recursion): kBracketsMax deep
        using Kind = Value::Kind;
        Value out;
        out.place = place(node);
        if (node.is_type<grammar::variable>()) {
            out.kind = Kind::variable;
            out.text = word(*node.children.front());
        } else if (node.is_type<grammar::string_value>()) {
            out.kind = Kind::string;
            out.block = node.string_view().starts_with(R"(""")");
            out.text = out.block ? block_text(node) : string_text(node);
        } else if (node.is_type<grammar::list_value<true>>() ||
                   node.is_type<grammar::list_value<false>>()) {
            out.kind = Kind::list;
            for (const auto& item : node.children) {
                out.items.push_back(value(*item));
            }
        } else if (node.is_type<grammar::object_value<true>>() ||
                   node.is_type<grammar::object_value<false>>()) {
            out.kind = Kind::object;
            for (const auto& field : node.children) {
                out.fields.push_back(argument(*field));
            }
        } else {
            out.text = word(node);
            out.kind = node.is_type<grammar::int_value>()       ? Kind::integer
                       : node.is_type<grammar::float_value>()   ? Kind::floating
                       : node.is_type<grammar::boolean_value>() ? Kind::boolean
                       : node.is_type<grammar::null_value>()    ? Kind::null
                                                                : Kind::enumeration;
        }
        return out;
    }

    Argument argument(const Node& node) {  // NOLINT(misc-no-recursion): kBracketsMax deep
        return {word(*node.children[0]), value(*node.children[1]), place(node)};
    }

    Directive directive(const Node& node) {
        Directive out{word(*node.children.front()), {}, place(node)};
        for (const auto& child : node.children) {
            if (is_argument(*child)) {
                out.arguments.push_back(argument(*child));
            }
        }
        return out;
    }

    static TypeRef type(const Node& node) {  // NOLINT(misc-no-recursion): kBracketsMax deep
        const Node& inner = *node.children.front();
        TypeRef out;
        if (inner.is_type<grammar::named_type>()) {
            out.name = word(inner);
        } else {
            out.kind = TypeRef::Kind::list;
            out.of.push_back(type(*inner.children.front()));
        }
        if (node.children.size() == 1) {
            return out;
        }
        TypeRef outer;
        outer.kind = TypeRef::Kind::non_null;
        outer.of.push_back(std::move(out));
        return outer;
    }

    VariableDefinition variable(const Node& node) {
        VariableDefinition out{
            value(*node.children[0]).text, type(*node.children[1]), {}, {}, place(node)};
        for (const auto& child : node.children) {
            if (child->is_type<grammar::default_value>()) {
                out.default_value = value(*child->children.front());
            } else if (is_directive(*child)) {
                out.directives.push_back(directive(*child));
            }
        }
        return out;
    }

    std::vector<Selection> selections(const Node& node) {  // NOLINT(misc-no-recursion)
        std::vector<Selection> out;
        for (const auto& child : node.children) {
            out.push_back(selection(*child));
        }
        return out;
    }

    Selection selection(const Node& node) {  // NOLINT(misc-no-recursion): kBracketsMax deep
        Selection out;
        out.place = place(node);
        out.kind = node.is_type<grammar::field>()    ? Selection::Kind::field
                   : node.is_type<grammar::spread>() ? Selection::Kind::spread
                                                     : Selection::Kind::inline_fragment;
        for (const auto& child : node.children) {
            if (child->is_type<grammar::alias>()) {
                out.alias = word(*child->children.front());
            } else if (child->is_type<grammar::name>() ||
                       child->is_type<grammar::fragment_name>()) {
                out.name = word(*child);
            } else if (child->is_type<grammar::type_condition>()) {
                out.condition = word(*child->children.front());
            } else if (is_argument(*child)) {
                out.arguments.push_back(argument(*child));
            } else if (is_directive(*child)) {
                out.directives.push_back(directive(*child));
            } else {
                out.selections = selections(*child);
            }
        }
        return out;
    }

    Operation operation(const Node& node) {
        Operation out;
        out.place = place(node);
        for (const auto& child : node.children) {
            if (child->is_type<grammar::operation_type>()) {
                const std::string kind = word(*child);
                out.kind = kind == "query"      ? Operation::Kind::query
                           : kind == "mutation" ? Operation::Kind::mutation
                                                : Operation::Kind::subscription;
            } else if (child->is_type<grammar::name>()) {
                out.name = word(*child);
            } else if (child->is_type<grammar::variable_definition>()) {
                out.variables.push_back(variable(*child));
            } else if (is_directive(*child)) {
                out.directives.push_back(directive(*child));
            } else {
                out.selections = selections(*child);
            }
        }
        return out;
    }

    Fragment fragment(const Node& node) {
        Fragment out{word(*node.children[0]),
                     word(*node.children[1]->children.front()),
                     {},
                     {},
                     place(node)};
        for (const auto& child : node.children) {
            if (is_directive(*child)) {
                out.directives.push_back(directive(*child));
            } else if (child->is_type<grammar::selection_set>()) {
                out.selections = selections(*child);
            }
        }
        return out;
    }

    // Reads the digits of \u0000 or \u{0}, and goes behind them.
    static std::uint32_t escaped_code(std::string_view& rest) {
        const bool braces = rest.front() == '{';
        const std::size_t end = braces ? rest.find('}') : 4;
        std::uint32_t code = 0;
        for (const char digit : rest.substr(braces ? 1 : 0, end - (braces ? 1 : 0))) {
            const auto low = static_cast<unsigned char>(digit | 0x20);
            const std::uint32_t number = low >= 'a' ? low - 'a' + 10U : low - '0';
            code = code > 0x10FFFF ? code : code * 16 + number;
        }
        rest.remove_prefix(braces ? end + 1 : end);
        return code;
    }

    // Appends the character of an escape behind the backslash, and goes behind it.
    bool append_escape(std::string& out, std::string_view& rest) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kCharacters = "\"\\/\b\f\n\r\t";
        const char kind = rest.front();
        rest.remove_prefix(1);
        if (kind != 'u') {
            out += kCharacters[kNames.find(kind)];
            return true;
        }
        const bool four_digits = rest.front() != '{';
        std::uint32_t code = escaped_code(rest);
        if (four_digits && is_surrogate(code, 0xD800) && rest.starts_with("\\u") &&
            !rest.starts_with("\\u{")) {
            rest.remove_prefix(2);
            const std::uint32_t low = escaped_code(rest);
            if (!is_surrogate(low, 0xDC00)) {
                return false;
            }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
            return false;
        }
        append_utf8(out, code);
        return true;
    }

    WipedText string_text(const Node& node) {
        std::string_view rest = node.string_view().substr(1);
        WipedText out;
        out.reserve(rest.size());
        while (rest.front() != '"') {
            const char c = rest.front();
            rest.remove_prefix(1);
            if (c != '\\') {
                out += c;
            } else if (!append_escape(out, rest)) {
                bad_escape_ = bad_escape_.value_or(place(node));
            }
        }
        return out;
    }

    // Section 2.9.4: BlockStringValue().
    static WipedText block_text(const Node& node) {
        std::string_view raw = node.string_view().substr(3);
        WipedText whole;
        whole.reserve(raw.size());
        std::vector<std::size_t> ends;  // of lines in `whole`
        while (!raw.starts_with(R"(""")")) {
            if (raw.starts_with("\\\"\"\"")) {
                whole += R"(""")";
                raw.remove_prefix(4);
                continue;
            }
            if (raw.front() == '\n' || raw.front() == '\r') {
                raw.remove_prefix(raw.starts_with("\r\n") ? 1 : 0);
                ends.push_back(whole.size());
            } else {
                whole += raw.front();
            }
            raw.remove_prefix(1);
        }
        ends.push_back(whole.size());
        std::vector<std::string_view> lines;
        std::size_t begin = 0;
        for (const std::size_t end : ends) {
            lines.push_back(std::string_view(whole).substr(begin, end - begin));
            begin = end;
        }
        return without_indentation(std::move(lines));
    }

    static WipedText without_indentation(std::vector<std::string_view> lines) {
        const auto indentation = [](std::string_view line) {
            return std::min(line.find_first_not_of(" \t"), line.size());
        };
        const auto blank = [&](std::string_view line) { return indentation(line) == line.size(); };
        std::size_t common = std::numeric_limits<std::size_t>::max();
        for (std::size_t i = 1; i < lines.size(); ++i) {
            if (!blank(lines[i])) {
                common = std::min(common, indentation(lines[i]));
            }
        }
        for (std::size_t i = 1; i < lines.size(); ++i) {
            lines[i].remove_prefix(std::min(common, lines[i].size()));
        }
        const auto first = std::ranges::find_if_not(lines, blank);
        auto last = lines.end();
        while (last != first && blank(*(last - 1))) {
            --last;
        }
        WipedText out;
        std::size_t bytes = 0;
        for (const std::string_view line : lines) {
            bytes += line.size() + 1;
        }
        out.reserve(bytes);
        for (auto line = first; line != last; ++line) {
            out.append(line == first ? "" : "\n").append(*line);
        }
        return out;
    }

    std::string_view text_;
    std::optional<Place> bad_escape_;
};

Fault syntax_error(std::string_view text, std::size_t at) {
    std::string found = "<EOF>";
    if (at < text.size()) {
        const std::string_view rest = text.substr(at);
        if (rest.front() == '"') {
            // It may be a password.
            return {"Syntax error: unexpected string.", "graphql-parse-failed",
                    static_cast<Place>(at)};
        }
        const std::size_t end = rest.find_first_of(" \t\r\n,{}[]():!$&=@|\"#", 1);
        found = '"' + to_printable(rest.substr(0, std::min(end, rest.size())), 40) + '"';
    }
    return {"Syntax error: unexpected " + found + ".", "graphql-parse-failed",
            static_cast<Place>(at)};
}

}  // namespace

std::variant<Document, Fault> parse(std::string_view text) {
    if (text.size() > kQueryBytesMax) {
        return Fault{"The query has more than " + std::to_string(kQueryBytesMax) + " bytes.",
                     "query-too-long", std::nullopt};
    }
    Count words{.text = text};
    peg::memory_input<> once(text.data(), text.size(), "");
    if (!peg::parse<grammar::tokens, Counting>(once, words)) {
        return syntax_error(text, words.furthest);
    }
    if (words.tokens > kTokensMax || words.brackets_max > kBracketsMax) {
        return Fault{"The query has more than " + std::to_string(kTokensMax) +
                         " tokens, or more "
                         "than " +
                         std::to_string(kBracketsMax) + " brackets in each other.",
                     "query-too-complex", std::nullopt};
    }
    Count count{.text = text};
    peg::memory_input<> input(text.data(), text.size(), "");
    const auto root =
        peg::parse_tree::parse<grammar::document, Node, grammar::is_node, Counting>(input, count);
    if (!root) {
        return syntax_error(text, count.furthest);
    }
    Builder builder(text);
    Document document = builder.document(*root);
    if (const auto place = builder.bad_escape()) {
        return Fault{"Syntax error: the string has an escape that names no character.",
                     "graphql-parse-failed", place};
    }
    return document;
}

}  // namespace signet::graphql
