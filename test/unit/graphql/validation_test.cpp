#include "graphql/validation.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace signet::graphql;

namespace {

std::vector<Fault> faults_of(std::string_view text) {
    static const Schema schema = make_schema({});
    const auto parsed = parse(text);
    if (const Fault* fault = std::get_if<Fault>(&parsed)) {
        return {*fault};
    }
    return validate(schema, std::get<Document>(parsed));
}

std::string code_of(std::string_view text) {
    const auto faults = faults_of(text);
    return faults.empty() ? std::string() : std::string(faults.front().code);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

}  // namespace

// test/interop asks graphql-js about a thousand documents.
TEST_CASE("what the rules of the specification allow is executed") {
    for (const char* good : {
             "{me{id}}",
             "query A{me{id}} query B{me{username}}",
             "query($n:String!){__type(name:$n){name}}",
             R"(query($n:String="a"){__type(name:$n){name}})",
             "{me{...U}} fragment U on AuthUser{id ...V} fragment V on AuthUser{roles}",
             "{me{...{id} ... on AuthUser{id}}}",
             "{me{id id a:id a:id}}",
             R"(mutation($v:String){signup(password:"p",metadata:{a:[1,null,X],b:$v}){id}})",
             R"(mutation($v:AuthJson){signup(password:"p",metadata:[$v]){id}})",
             "query($k:__TypeKind=OBJECT){me{id @skip(if:true)}}",
         }) {
        CAPTURE(good);
        const auto faults = faults_of(good);
        // The last one has a variable that is not used.
        CHECK(faults.size() == (std::string_view(good).find("__TypeKind") != std::string::npos));
    }
}

TEST_CASE("what breaks a rule of the specification is not executed") {
    for (const char* bad : {
             "{me{id}} {me{id}}",
             "query A{me{id}} query A{me{id}}",
             "{me{id}} type T{a:Int}",
             "{me}",
             "{me{id{x}}}",
             "{you{id}}",
             "{me{id @unknown}}",
             "query @skip(if:true){me{id}}",
             "{me{id @skip}}",
             "{me{id @skip(if:true) @skip(if:true)}}",
             "{me{id @skip(unless:true)}}",
             "{__type{name}}",
             "{__type(name:1){name}}",
             "{__type(name:null){name}}",
             R"({__type(name:"a",name:"b"){name}})",
             R"({__type(name:["a"]){name}})",
             R"({__type(nome:"a"){name}})",
             "query($n:String){__type(name:$n){name}}",
             "query($n:Int!){__type(name:$n){name}}",
             "query($n:String!,$n:String!){__type(name:$n){name}}",
             "query($n:AuthUser){__type(name:$n){name}}",
             "query($n:Nothing){__type(name:$n){name}}",
             R"(query($n:String){__type(name:"a"){name}})",
             R"(query($n:Int=3000000000){me{id @skip(if:true)}})",
             "{__type(name:$n){name}}",
             "{me{...F}}",
             "{me{id}} fragment F on AuthUser{id}",
             "{me{...F}} fragment F on AuthUser{id} fragment F on AuthUser{id}",
             "{me{...F}} fragment F on AuthUser{...F}",
             "{me{...F}} fragment F on String{id}",
             "{me{...F}} fragment F on Nothing{id}",
             "{me{...F}} fragment F on AuthSession{id}",
             "{me{... on AuthSession{id}}}",
             "{me{a:id a:username}}",
             R"({t:__type(name:"a"){name} t:__type(name:"b"){name}})",
             R"({__type(name:"a"){name} __type(name:"""a"""){name}})",
             "{me{id} ...R} fragment R on AuthQuery{me{id:username}}",
             R"(mutation{signup(password:"p",metadata:{a:1,a:2}){id}})",
             R"(mutation($v:String){signup(password:"p",metadata:[$v]){id}})",
             "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}",
         }) {
        CAPTURE(bad);
        CHECK(code_of(bad) == "graphql-validation-failed");
    }
}

TEST_CASE("depth, aliases and root fields are limited, fragments followed") {
    std::string deep = "{__schema{queryType" + repeated("{ofType", kDepthMax - 3) + "{name}";
    deep += repeated("}", kDepthMax - 3);
    CHECK(code_of(deep + "}}").empty());
    CHECK(code_of("{__schema{queryType" + repeated("{ofType", kDepthMax - 2) + "{name}" +
                  repeated("}", kDepthMax - 2) + "}}") == "query-too-complex");
    std::string chain = "{__schema{queryType{...F0}}}";
    for (std::size_t i = 0; i < kDepthMax; ++i) {
        chain += "fragment F" + std::to_string(i) + " on __Type{ofType{" +
                 (i + 1 < kDepthMax ? "...F" + std::to_string(i + 1) : "name") + "}}";
    }
    CHECK(code_of(chain) == "query-too-complex");

    const auto aliased = [](std::size_t count) {
        std::string text = "{me{";
        for (std::size_t i = 0; i < count; ++i) {
            text += "a" + std::to_string(i) + ":id ";
        }
        return text + "}}";
    };
    CHECK(code_of(aliased(kAliasesMax)).empty());
    CHECK(code_of(aliased(kAliasesMax + 1)) == "query-too-complex");

    const auto logins = [](std::size_t count) {
        std::string text = "mutation{...M} fragment M on AuthMutation{";
        for (std::size_t i = 0; i < count; ++i) {
            text += "a" + std::to_string(i) + ":logout ";
        }
        return text + "}";
    };
    CHECK(code_of(logins(kRootFieldsMax)).empty());
    CHECK(code_of(logins(kRootFieldsMax + 1)) == "query-too-complex");
}

TEST_CASE("fields that would have to be compared too often are refused") {
    // Each fragment spreads all that follow, below each of three fields, so that ever other sets of
    // fields meet.
    std::string text = "{__schema{queryType{...F0}}}";
    constexpr int kLevels = 12;
    for (int i = 0; i < kLevels; ++i) {
        const std::string next =
            i + 1 < kLevels ? "...F" + std::to_string(i + 1) : std::string("name");
        text += "fragment F" + std::to_string(i) + " on __Type{ofType{kind " + next +
                "} interfaces{name " + next + "} possibleTypes{isOneOf " + next + "}}";
    }
    const std::string code = code_of(text);
    CHECK((code == "query-too-complex" || code == "graphql-validation-failed"));
}

TEST_CASE("of many faults the first ones are told") {
    CHECK(faults_of("{" + repeated("a ", 100) + "}").size() == kFaultsMax);
}
