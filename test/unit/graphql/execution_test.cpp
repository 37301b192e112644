#include "graphql/execution.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace signet;
using namespace signet::graphql;

namespace {

JsonNode tree(std::string_view json) {
    return *read_json_tree(json, 32);
}

// Answers `me`, and every mutation but a `login` of nobody, and remembers the calls.
struct Service {
    Schema schema = make_schema({});
    std::vector<std::string> calls = {};

    std::string run(std::string_view text, std::string_view variables = "{}",
                    std::string_view operation = "") {
        const JsonNode given = tree(variables);
        return execute(schema, {text, operation, &given},
                       [this](RootCall& call) { return answer(call); });
    }

private:
    std::variant<JsonNode, RootError> answer(RootCall& call) {
        const std::string arguments = write_json(call.arguments);
        calls.push_back(std::string(call.name) + arguments);
        if (arguments.find("nobody") != std::string::npos) {
            return RootError{"No.", tree(R"({"code":"invalid-credentials"})")};
        }
        if (call.name == "logout") {
            return tree("true");
        }
        return tree(R"({"id":"1","username":null,"roles":["a","b"],"defaultRole":"a","token":"t",
                        "expiresIn":900,"emailVerified":true,"active":true,"createdAt":"now",
                        "metadata":{"n":1.50}})");
    }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the answer has the fields that were asked for, under their aliases and in their order") {
    Service service;
    CHECK(service.run("{who: me{roles id name:username __typename metadata lastLoginAt}}") ==
          R"({"data":{"who":{"roles":["a","b"],"id":"1","name":null,"__typename":"AuthUser",)"
          R"("metadata":{"n":1.50},"lastLoginAt":null}}})");
}

TEST_CASE("fields of fragments are merged where they belong") {
    Service service;
    CHECK(service.run("query Q{me{id ...F} ...R} fragment F on AuthUser{id active}"
                      "fragment R on AuthQuery{me{defaultRole}}") ==
          R"({"data":{"me":{"id":"1","active":true,"defaultRole":"a"}}})");
    CHECK(service.calls.size() == 1);
}

TEST_CASE("skip and include say what is left out") {
    Service service;
    CHECK(
        service.run("query($y:Boolean!,$n:Boolean=false){me{id @skip(if:$y) active @include(if:$y)"
                    "... @include(if:$n){roles} ...F @skip(if:$n)}}"
                    "fragment F on AuthUser{defaultRole}",
                    R"({"y":true})") == R"({"data":{"me":{"active":true,"defaultRole":"a"}}})");
    CHECK(service.run("mutation{login(password:\"x\") @skip(if:true){id} __typename}") ==
          R"({"data":{"__typename":"AuthMutation"}})");
}

TEST_CASE("arguments are literals and variables of the types of the schema") {
    Service service;
    service.run(R"(mutation($m:AuthJson,$u:String,$p:String!){
                     signup(username:$u,password:$p,metadata:$m,email:null){id}})",
                R"({"m":{"a":[1,{"b":null}]},"p":"secret"})");
    service.run(
        R"(mutation($v:Int){signup(password:"""p"q""",metadata:{a:[1.5,E,$v],b:$v,c:$w}){id}})");
    service.run(R"(mutation($v:Int,$w:Int){
                     signup(password:"""p"q""",metadata:{a:[1.5,E,$v],b:$v,c:$w}){id}})",
                R"({"w":7.0})");
    service.run("mutation{logout(refreshToken:\"r\")}");
    service.run("mutation($a:Boolean){logout(all:$a)}", R"({"a":true,"more":1})");
    CHECK(service.calls ==
          std::vector<std::string>{
              R"(signup{"email":null,"password":"secret","metadata":{"a":[1,{"b":null}]}})",
              R"(signup{"password":"p\"q","metadata":{"a":[1.5,"E",null],"c":7}})",
              R"(logout{"refreshToken":"r","all":false})", R"(logout{"all":true})"});
}

TEST_CASE("variables that do not fit their types are refused before anything is done") {
    Service service;
    constexpr std::string_view kQuery =
        "mutation($p:String!,$a:Boolean,$i:Int,$d:ID){login(password:$p){id} logout(all:$a)"
        "signup(password:$p,metadata:{i:$i,d:$d}){id}}";
    for (const char* bad :
         {"{}", R"({"p":null})", R"({"p":1})", R"({"p":["a"]})", R"({"p":"a","a":"true"})",
          R"({"p":"a","i":1.5})", R"({"p":"a","i":2147483648})", R"({"p":"a","i":"1"})",
          R"({"p":"a","d":true})", R"({"p":"a","d":1.5})", R"({"p":"a","i":1e400})"}) {
        CAPTURE(bad);
        const std::string answer = service.run(kQuery, bad);
        CHECK(has(answer, R"("code":"graphql-request-failed")"));
        CHECK(answer.ends_with(R"("data":null})"));
    }
    CHECK(service.calls.empty());
    service.run(kQuery, R"({"p":"a","i":-2147483648,"d":12})");
    CHECK(service.calls.size() == 3);
    CHECK(has(service.calls.back(), R"("metadata":{"i":-2147483648,"d":"12"})"));
}

TEST_CASE("an error says where it happened, and what follows it is not done") {
    Service service;
    CHECK(service.run("mutation {\n  a: login(username: \"x\", password: \"y\") { id }\n"
                      "  b: login(username: \"nobody\", password: \"y\") { id }\n  logout\n}") ==
          R"({"errors":[{"message":"No.","locations":[{"line":3,"column":3}],"path":["b"],)"
          R"("extensions":{"code":"invalid-credentials"}}],"data":null})");
    CHECK(service.calls.size() == 2);
}

TEST_CASE("an operation is chosen by its name") {
    Service service;
    constexpr std::string_view kTwo = "query A{me{id}} mutation B{logout}";
    CHECK(service.run(kTwo, "{}", "A") == R"({"data":{"me":{"id":"1"}}})");
    CHECK(service.run(kTwo, "{}", "B") == R"({"data":{"logout":true}})");
    CHECK(has(service.run(kTwo), "name one"));
    CHECK(has(service.run(kTwo, "{}", "C"), "no operation of that name"));
    CHECK(has(service.run("subscription{anything}"), "no subscriptions"));
}

TEST_CASE("null in a variable that may be null fails where it must not be") {
    Service service;
    const std::string answer =
        service.run(R"(query($n:String="a"){__type(name:$n){name} me{id}})", R"({"n":null})");
    CHECK(has(answer, R"("path":["__type"])"));
    CHECK(has(answer, R"("data":{"__type":null,"me":{"id":"1"}})"));
    CHECK(has(service.run("query($y:Boolean=true){me{id @skip(if:$y)}}", R"({"y":null})"),
              R"("errors":[)"));
}

TEST_CASE("introspection answers from the schema alone") {
    Service service;
    CHECK(service.run(R"({__type(name:"AuthSession"){kind name interfaces{name} possibleTypes{name}
                          fields{name} enumValues{name} inputFields{name} isOneOf}})") ==
          R"({"data":{"__type":{"kind":"OBJECT","name":"AuthSession","interfaces":[],)"
          R"("possibleTypes":null,"fields":[{"name":"id"},{"name":"username"},{"name":"email"},)"
          R"({"name":"roles"},{"name":"defaultRole"},{"name":"token"},{"name":"expiresIn"},)"
          R"({"name":"refreshToken"}],"enumValues":null,"inputFields":null,"isOneOf":null}}})");
    CHECK(
        service
            .run(R"({__type(name:"AuthMutation"){fields(includeDeprecated:true){name
                          args{name defaultValue type{kind ofType{name}}}}}})")
            .find(
                R"({"name":"all","defaultValue":"false","type":{"kind":"SCALAR","ofType":null}})") !=
        std::string::npos);
    CHECK(service.run(R"({__type(name:"Nothing"){name}})") == R"({"data":{"__type":null}})");
    CHECK(service.calls.empty());
}

TEST_CASE("an answer that would grow too large is given up") {
    Service service;
    std::string fields;
    for (int i = 0; i < 1500; ++i) {
        fields += "name ";
    }
    const std::string answer = service.run("{__schema{types{fields{type{" + fields + "}}}}}");
    CHECK(has(answer, "query-too-complex"));
    CHECK(answer.ends_with(R"("data":null})"));
}

TEST_CASE("prefixes stand before every type and every root field") {
    Service service{make_schema({"X", "y_"})};
    CHECK(service.run("{y_me{id __typename}}") ==
          R"({"data":{"y_me":{"id":"1","__typename":"XUser"}}})");
    const std::string sdl = to_sdl(service.schema);
    CHECK(has(sdl, "type XMutation {"));
    CHECK(has(sdl, "y_signup("));
    CHECK_FALSE(has(sdl, "AuthUser"));
    for (const char* good : {"", "Auth", "_a", "A1_"}) {
        CHECK(is_prefix(good));
    }
    for (const char* bad : {"1", "__a", "a-b", "\xC3\xA4", "a b"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_prefix(bad));
    }
}

// test/interop holds the page against the introspection, by graphql-js.
TEST_CASE("the documents have the schema in the schema definition language") {
    std::ifstream page(SIGNET_SOURCE_DIR "/docs/hasura/remote-schema.graphql");
    CHECK(std::string(std::istreambuf_iterator<char>(page), {}) == to_sdl(make_schema({})));
}
