#include "graphql/schema.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace signet::graphql {
namespace {

using Kind = TypeRef::Kind;
using Fields = std::vector<Field>;
using Arguments = std::vector<InputValue>;

// Reads a type of this file: names, brackets and exclamation marks, without blanks.
TypeRef type_of(std::string_view text) {  // NOLINT(misc-no-recursion)
    TypeRef out;
    if (text.ends_with('!')) {
        out.kind = Kind::non_null;
        out.of.push_back(type_of(text.substr(0, text.size() - 1)));
    } else if (text.starts_with('[')) {
        out.kind = Kind::list;
        out.of.push_back(type_of(text.substr(1, text.size() - 2)));
    } else {
        out.name = std::string(text);
    }
    return out;
}

Field make_field(std::string_view name, std::string_view type, std::string_view description = {},
                 Arguments arguments = {}) {
    return {std::string(name), std::string(description), type_of(type), std::move(arguments)};
}

InputValue argument(std::string_view name, std::string_view type,
                    std::string_view description = {}) {
    return {std::string(name), std::string(description), type_of(type)};
}

Value literal(Value::Kind kind, std::string_view text) {
    Value out;
    out.kind = kind;
    out.text = std::string(text);
    return out;
}

InputValue flag(std::string_view name, std::string_view type, bool value,
                std::string_view description = {}) {
    InputValue out = argument(name, type, description);
    out.default_value = literal(Value::Kind::boolean, value ? "true" : "false");
    return out;
}

Type object(std::string_view name, std::string_view description, Fields fields) {
    return {Type::Kind::object, std::string(name), std::string(description), std::move(fields)};
}

Type scalar(std::string_view name, std::string_view description) {
    return {Type::Kind::scalar, std::string(name), std::string(description)};
}

Type enumeration(std::string_view name, std::vector<std::string> values) {
    return {Type::Kind::enumeration, std::string(name), {}, {}, std::move(values)};
}

Arguments filtered(std::string_view type = "Boolean") {
    return {flag("includeDeprecated", type, false)};
}

// Section 4.2 of the specification, with what its draft has and graphql-js asks for.
void add_types_of_types(std::vector<Type>& types) {
    types.push_back(
        object("__Schema", "",
               {
                   make_field("description", "String"),
                   make_field("types", "[__Type!]!"),
                   make_field("queryType", "__Type!"),
                   make_field("mutationType", "__Type"),
                   make_field("subscriptionType", "__Type"),
                   make_field("directives", "[__Directive!]!", "", filtered("Boolean!")),
               }));
    types.push_back(object("__Type", "",
                           {
                               make_field("kind", "__TypeKind!"),
                               make_field("name", "String"),
                               make_field("description", "String"),
                               make_field("specifiedByURL", "String"),
                               make_field("fields", "[__Field!]", "", filtered()),
                               make_field("interfaces", "[__Type!]"),
                               make_field("possibleTypes", "[__Type!]"),
                               make_field("enumValues", "[__EnumValue!]", "", filtered()),
                               make_field("inputFields", "[__InputValue!]", "", filtered()),
                               make_field("ofType", "__Type"),
                               make_field("isOneOf", "Boolean"),
                           }));
}

void add_introspection(std::vector<Type>& types) {
    add_types_of_types(types);
    types.push_back(object("__Field", "",
                           {
                               make_field("name", "String!"),
                               make_field("description", "String"),
                               make_field("args", "[__InputValue!]!", "", filtered()),
                               make_field("type", "__Type!"),
                               make_field("isDeprecated", "Boolean!"),
                               make_field("deprecationReason", "String"),
                           }));
    types.push_back(object("__InputValue", "",
                           {
                               make_field("name", "String!"),
                               make_field("description", "String"),
                               make_field("type", "__Type!"),
                               make_field("defaultValue", "String", "The literal of GraphQL."),
                               make_field("isDeprecated", "Boolean!"),
                               make_field("deprecationReason", "String"),
                           }));
    types.push_back(object("__EnumValue", "",
                           {
                               make_field("name", "String!"),
                               make_field("description", "String"),
                               make_field("isDeprecated", "Boolean!"),
                               make_field("deprecationReason", "String"),
                           }));
    types.push_back(object("__Directive", "",
                           {
                               make_field("name", "String!"),
                               make_field("description", "String"),
                               make_field("isRepeatable", "Boolean!"),
                               make_field("locations", "[__DirectiveLocation!]!"),
                               make_field("args", "[__InputValue!]!", "", filtered()),
                               make_field("isDeprecated", "Boolean!"),
                               make_field("deprecationReason", "String"),
                           }));
    types.push_back(enumeration("__TypeKind", {"SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM",
                                               "INPUT_OBJECT", "LIST", "NON_NULL"}));
    types.push_back(enumeration("__DirectiveLocation", {"QUERY",
                                                        "MUTATION",
                                                        "SUBSCRIPTION",
                                                        "FIELD",
                                                        "FRAGMENT_DEFINITION",
                                                        "FRAGMENT_SPREAD",
                                                        "INLINE_FRAGMENT",
                                                        "VARIABLE_DEFINITION",
                                                        "SCHEMA",
                                                        "SCALAR",
                                                        "OBJECT",
                                                        "FIELD_DEFINITION",
                                                        "ARGUMENT_DEFINITION",
                                                        "INTERFACE",
                                                        "UNION",
                                                        "ENUM",
                                                        "ENUM_VALUE",
                                                        "INPUT_OBJECT",
                                                        "INPUT_FIELD_DEFINITION",
                                                        "DIRECTIVE_DEFINITION"}));
}

// Section 3.13.
std::vector<DirectiveDefinition> make_directives() {
    InputValue reason = argument("reason", "String", "Why, in Markdown.");
    reason.default_value = literal(Value::Kind::string, "No longer supported");
    return {
        {"include",
         "Includes the field or fragment only if the argument is true.",
         {"FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"},
         {argument("if", "Boolean!")}},
        {"skip",
         "Leaves the field or fragment out if the argument is true.",
         {"FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"},
         {argument("if", "Boolean!")}},
        {"deprecated",
         "Marks a part of a schema that is no longer supported.",
         {"FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"},
         {std::move(reason)}},
        {"specifiedBy",
         "Names a URL that says how a scalar behaves.",
         {"SCALAR"},
         {argument("url", "String!", "The URL.")}},
    };
}

Arguments login_arguments() {
    return {argument("username", "String",
                     "The username; an e-mail address is taken as well. Give this or `email`."),
            argument("email", "String", "The e-mail address, instead of `username`."),
            argument("password", "String!", "The password.")};
}

Arguments signup_arguments(const std::string& json) {
    return {argument("username", "String",
                     "3 to 64 letters, digits, dots, underscores and hyphens. Give this or "
                     "`email`, or both."),
            argument("email", "String", "An e-mail address."),
            argument("password", "String!", "8 to 256 characters that are not easily guessed."),
            argument("confirmPassword", "String",
                     "The password again; when it is given, it has to be the same."),
            argument("metadata", json, "An object of at most 4 KiB, for your own use.")};
}

Fields session_fields() {
    return {
        make_field("id", "ID!", "The user's id, which is also `X-Hasura-User-Id`."),
        make_field("username", "String"),
        make_field("email", "String"),
        make_field("roles", "[String!]!", "The roles that the token allows."),
        make_field("defaultRole", "String!", "The role of a request that names none."),
        make_field("token", "String!",
                   "The access token: `Authorization: Bearer <token>` in later requests."),
        make_field("expiresIn", "Int!", "For how many seconds the token is valid."),
        make_field("refreshToken", "String",
                   "Gets the next access token, once. Null if it came by cookie: then the next one "
                   "goes by cookie, too."),
    };
}

// The same for an answer that may have no session in it.
Fields signup_fields() {
    Fields out = session_fields();
    for (Field& field : out) {
        field.type = TypeRef(field.type.nullable());
    }
    out.insert(
        out.begin(),
        make_field("status", "String",
                   "`verification-sent` where the address has to be proven first, whether or "
                   "not it was free; all else is null then. Null where the user is signed in."));
    return out;
}

Fields user_fields(const std::string& json) {
    return {
        make_field("id", "ID!"),
        make_field("username", "String"),
        make_field("email", "String"),
        make_field("emailVerified", "Boolean!", "Whether the user has proven the address."),
        make_field("roles", "[String!]!", "The roles of now."),
        make_field("defaultRole", "String!"),
        make_field("active", "Boolean!"),
        make_field("createdAt", "String!", "A time as RFC 3339 writes it, in UTC."),
        make_field("lastLoginAt", "String", "A time, likewise."),
        make_field("metadata", json + '!', "What was given at signup, or changed later."),
    };
}

void append_description(std::string& out, std::string_view text, std::string_view indent) {
    if (!text.empty()) {  // no text of this file holds three quotes
        out.append(indent).append(R"(""")").append(text).append(R"(""")").append("\n");
    }
}

std::string arguments_text(const Arguments& arguments) {
    std::string out;
    for (const InputValue& one : arguments) {
        append_description(out, one.description, "    ");
        out += "    " + one.name + ": " + to_string(one.type) +
               (one.default_value ? " = " + to_string(*one.default_value) : "") + '\n';
    }
    return out.empty() ? out : "(\n" + out + "  )";
}

bool is_shipped_scalar(std::string_view name) {
    constexpr std::array<std::string_view, 4> kNames{"String", "Int", "Boolean", "ID"};
    return std::ranges::find(kNames, name) != kNames.end();
}

template <class Range>
auto find_named(const Range& range, std::string_view name) {
    const auto found =
        std::ranges::find_if(range, [&](const auto& one) { return one.name == name; });
    return found == range.end() ? nullptr : &*found;
}

}  // namespace

const Field* Type::find(std::string_view field) const {
    return find_named(fields, field);
}

const Type* Schema::find(std::string_view type) const {
    return find_named(types, type);
}

const DirectiveDefinition* Schema::find_directive(std::string_view directive) const {
    return find_named(directives, directive);
}

const Type* Schema::root(Operation::Kind kind) const {
    switch (kind) {
        case Operation::Kind::query:
            return find(query);
        case Operation::Kind::mutation:
            return find(mutation);
        default:
            return nullptr;
    }
}

const Field* Schema::field_of(const Type& type, std::string_view name) const {
    static const Field typename_field = make_field("__typename", "String!");
    static const Field schema_field = make_field("__schema", "__Schema!");
    static const Field type_field =
        make_field("__type", "__Type", "", {argument("name", "String!")});
    if (name == "__typename") {
        return &typename_field;
    }
    if (type.name == query && name == "__schema") {
        return &schema_field;
    }
    return type.name == query && name == "__type" ? &type_field : type.find(name);
}

bool is_prefix(std::string_view prefix) {
    const auto good = [](char c) { return is_alphanumeric(c) || c == '_'; };
    constexpr std::size_t kBytesMax = 64;
    return prefix.size() <= kBytesMax && std::ranges::all_of(prefix, good) &&
           !prefix.starts_with("__") && (prefix.empty() || !is_digit(prefix.front()));
}

Schema make_schema(const Prefixes& prefixes) {
    const auto type = [&](std::string_view name) { return prefixes.types + std::string(name); };
    const auto root = [&](std::string_view name) { return prefixes.roots + std::string(name); };
    const std::string json = type("Json");
    Schema out{"Signup, login and sessions by Signet.",
               type("Query"),
               type("Mutation"),
               {},
               make_directives()};
    out.types = {
        object(out.query, "What can be asked.",
               {make_field(root("me"), type("User") + '!',
                           "The account of whoever asks, with its roles of now.")}),
        object(
            out.mutation, "What can be done.",
            {make_field(root("signup"), type("Signup") + '!', "Creates an account and signs it in.",
                        signup_arguments(json)),
             make_field(root("login"), type("Session") + '!',
                        "Opens a session for a username or an e-mail address with its password.",
                        login_arguments()),
             make_field(root("refresh"), type("Session") + '!',
                        "Exchanges a refresh token for an access token and the next refresh token.",
                        {argument("refreshToken", "String",
                                  "The refresh token; may be left out where it comes by cookie.")}),
             make_field(root("logout"), "Boolean!",
                        "Ends the session of a refresh token. The answer is true, or an error.",
                        {argument("refreshToken", "String",
                                  "The refresh token; may be left out where it comes by cookie."),
                         flag("all", "Boolean", false, "Ends all sessions of the user.")})}),
        object(type("Session"), "A session that was opened or refreshed.", session_fields()),
        object(type("Signup"), "What a signup has led to.", signup_fields()),
        object(type("User"), "The account of a user.", user_fields(json)),
        scalar(json, "Any JSON value."),
        scalar("String", "A text in UTF-8."),
        scalar("Int", "A whole number of 32 bits with a sign."),
        scalar("Boolean", "true or false."),
        scalar("ID", "A text that names something."),
    };
    add_introspection(out.types);
    return out;
}

std::string to_sdl(const Schema& schema) {
    std::string out;
    append_description(out, schema.description, "");
    out += "schema {\n  query: " + schema.query + "\n  mutation: " + schema.mutation + "\n}\n";
    for (const Type& type : schema.types) {
        if (type.name.starts_with("__") || is_shipped_scalar(type.name)) {
            continue;
        }
        out += '\n';
        append_description(out, type.description, "");
        if (!type.is_object()) {
            out += "scalar " + type.name + '\n';
            continue;
        }
        out += "type " + type.name + " {\n";
        for (const Field& field : type.fields) {
            append_description(out, field.description, "  ");
            out += "  " + field.name + arguments_text(field.arguments) + ": " +
                   to_string(field.type) + '\n';
        }
        out += "}\n";
    }
    return out;
}

}  // namespace signet::graphql
