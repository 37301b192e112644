#include "graphql/document.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>

using namespace signet::graphql;

namespace {

Document parsed(std::string_view text) {
    auto outcome = parse(text);
    if (const Fault* fault = std::get_if<Fault>(&outcome)) {
        FAIL(std::string(text), ": ", fault->message);
    }
    return std::get<Document>(std::move(outcome));
}

bool is_refused(std::string_view text) {
    return std::holds_alternative<Fault>(parse(text));
}

// The value of the argument of the one field.
Value value_of(const std::string& literal) {
    return parsed("{f(a:" + literal + ")}")
        .operations.front()
        .selections.front()
        .arguments.front()
        .value;
}

}  // namespace

TEST_CASE("a document of GraphQL is read as the specification writes it") {
    const Document document = parsed(R"(
        query Q($a: [Int!]! = [1] @d, $b: T) @e(x: $a) {
          alias: field(v: $a, o: {k: -1.5e3, l: [true, null, NAME]}) @skip(if: false) { id }
          ...Part @include(if: true)
          ... on T { x }
          ... @f { y }
          on
        }
        mutation { on: fragment }
        subscription S { type }
        fragment Part on T @g { query }
    )");
    REQUIRE(document.operations.size() == 3);
    const Operation& query = document.operations[0];
    CHECK(query.name == "Q");
    REQUIRE(query.variables.size() == 2);
    CHECK(to_string(query.variables[0].type) == "[Int!]!");
    CHECK(to_string(*query.variables[0].default_value) == "[1]");
    CHECK(query.variables[0].directives.size() == 1);
    CHECK(query.directives.front().arguments.front().value.kind == Value::Kind::variable);
    REQUIRE(query.selections.size() == 5);
    const Selection& field = query.selections[0];
    CHECK(field.response_key() == "alias");
    CHECK(field.name == "field");
    CHECK(to_string(field.arguments[1].value) == "{k: -1.5e3, l: [true, null, NAME]}");
    CHECK(field.selections.front().name == "id");
    CHECK(query.selections[1].kind == Selection::Kind::spread);
    CHECK(query.selections[2].condition == "T");
    CHECK_FALSE(query.selections[3].condition);
    CHECK(query.selections[4].name == "on");
    CHECK(document.operations[1].kind == Operation::Kind::mutation);
    CHECK(document.operations[1].selections.front().response_key() == "on");
    CHECK(document.operations[2].kind == Operation::Kind::subscription);
    CHECK(document.fragments.front().condition == "T");
    CHECK(document.fragments.front().selections.front().name == "query");
}

TEST_CASE("commas, comments and byte order marks mean nothing between words") {
    const Document document = parsed("\xEF\xBB\xBF{,a # } \" \xC3\xA9\r,b\xEF\xBB\xBF:c,,}#end");
    REQUIRE(document.operations.front().selections.size() == 2);
    CHECK(document.operations.front().selections[1].alias == "b");
    CHECK(document.operations.front().selections[1].name == "c");
}

TEST_CASE("a string says the characters that its escapes stand for") {
    CHECK(value_of(R"("")").text.empty());
    CHECK(value_of(R"("a\"\\\/\b\f\n\r\tz")").text == "a\"\\/\b\f\n\r\tz");
    CHECK(value_of(R"("\u0041\u00e9\u20AC")").text == "A\xC3\xA9\xE2\x82\xAC");
    CHECK(value_of(R"("\uD83D\uDE00 \u{1F600}")").text == "\xF0\x9F\x98\x80 \xF0\x9F\x98\x80");
    for (const char* bad : {R"("\uD83D")", R"("\uDE00")", R"("\uD83Dx")", R"("\uD83D\u0041")",
                            R"("\u{110000}")", R"("\u{FFFFFFFFFFFFFFFFFF41}")", R"("\u{D800}")",
                            R"("\x")", R"("\u12")", R"("\u{}")", "\"a\nb\"", R"("a)"}) {
        CAPTURE(bad);
        CHECK(is_refused(std::string("{f(a:") + bad + ")}"));
    }
}

TEST_CASE("a block string loses the indentation that its lines share") {
    CHECK(value_of(R"("""a""")").text == "a");
    CHECK(
        value_of("\"\"\"\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  \"\"\"").text ==
        "Hello,\n  World!\n\nYours,\n  GraphQL.");
    CHECK(value_of("\"\"\"  first\r\n   second\r    third\n\"\"\"").text ==
          "  first\nsecond\n third");
    CHECK(value_of(R"("""say \""" and \n""")").text == R"(say """ and \n)");
    CHECK(value_of("\"\"\"  \n \n\"\"\"").text.empty());
    CHECK(is_refused(R"({f(a:"""a"")})"));
    CHECK(is_refused(R"({f(a:["""a"])})"));
}

TEST_CASE("what is no GraphQL is refused where it stops making sense") {
    for (const char* bad : {"",
                            "{",
                            "{}",
                            "{a}}",
                            "{a(}",
                            "{a()}",
                            "{a(b)}",
                            "{a(b:)}",
                            "query",
                            "query ($a) {b}",
                            "query () {a}",
                            "{a: }",
                            "{...}",
                            "{... on}",
                            "fragment on on T {a}",
                            "fragment F {a}",
                            "{a(b:01)}",
                            "{a(b:1.)}",
                            "{a(b:.5)}",
                            "{a(b:1e)}",
                            "{a(b:1x)}",
                            "{a(b:-)}",
                            "{a(b:0x1)}",
                            "{a @}",
                            "{a(b:$)}",
                            "query ($a: Int = $b) {c}",
                            "query ($a: Int!!) {c}",
                            "{a ? b}",
                            "querya{b}x",
                            "type T {a Int}",
                            "directive @d on NOWHERE",
                            "directive @d on FIELDS",
                            "enum E {a: b}",
                            "extend schema @a {a}",
                            "{a(b:\"\x01\x02)}",
                            "extend {a}",
                            "scalar",
                            "enum E {true}",
                            "{a(b:{c})}"}) {
        CAPTURE(bad);
        CHECK(is_refused(bad));
    }
    const auto outcome = parse("{\n  a(b: ]) }");
    const Fault fault = std::get<Fault>(outcome);
    CHECK(fault.code == "graphql-parse-failed");
    CHECK(fault.message == "Syntax error: unexpected \"]\".");
    const LineColumn where = line_column("{\n  a(b: ]) }", *fault.place);
    CHECK(where.line == 2);
    CHECK(where.column == 8);
}

TEST_CASE("a refusal shows nothing of a string, which may be a password") {
    for (const char* bad : {R"({login(a: "b" c "secret")})", R"({login(a: "secret)",
                            R"({login(a: """secret)", R"({login(a: "secret\q")})"}) {
        CAPTURE(bad);
        const auto parsed = parse(bad);
        const auto* const fault = std::get_if<Fault>(&parsed);
        REQUIRE(fault != nullptr);
        CHECK(fault->message.find("secret") == std::string::npos);
    }
}

TEST_CASE("definitions of types are known for what they are") {
    const Document document = parsed(R"(
        {a}
        "d" schema @a { query: Q mutation: M }
        scalar S @b
        """d""" type T implements A & B @c { "d" f("d" a: Int = 1 @d, b: [S!]!): T! @e }
        interface I implements & A { f: Int }
        union U = | A | B
        enum E { A @f "d" B }
        input P { a: Int = 1 }
        directive @x(a: Int) repeatable on | FIELD | QUERY
        extend type T @g
        extend schema @h
    )");
    CHECK(document.type_definitions.size() == 10);
    CHECK(document.operations.size() == 1);
}

TEST_CASE("a query that is too long, has too many words or too many brackets is refused early") {
    const auto code_of = [](const std::string& text) {
        const auto outcome = parse(text);
        const Fault* fault = std::get_if<Fault>(&outcome);
        return fault == nullptr ? std::string() : std::string(fault->code);
    };
    CHECK(code_of("{a}" + std::string(kQueryBytesMax - 3, ' ')).empty());
    CHECK(code_of("{a}" + std::string(kQueryBytesMax - 2, ' ')) == "query-too-long");
    std::string words = "{";
    for (std::size_t i = 0; i < kTokensMax - 2; ++i) {
        words += "a ";
    }
    CHECK(code_of(words + "}").empty());
    CHECK(code_of(words + "a}") == "query-too-complex");
    const auto nested = [](std::size_t depth) {
        return "{a(b:" + std::string(depth, '[') + std::string(depth, ']') + ")}";
    };
    CHECK(code_of(nested(kBracketsMax - 2)).empty());
    CHECK(code_of(nested(kBracketsMax - 1)) == "query-too-complex");
    CHECK(code_of(nested(8000)) == "query-too-complex");
}
