#include "cli/doctor.hpp"

#include "base/system.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

using namespace signet;
using namespace signet::cli;

namespace {

struct Printed {
    int code;
    std::string out;
};

Printed print(const doctor::Findings& found, bool json, const doctor::Scope& scope = {}) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const int code = print_findings(found.sorted(), scope, json, {in, out, err});
    return {code, out.str()};
}

}  // namespace

TEST_CASE("doctor prints errors first, with the cure, and fails") {
    doctor::Findings found;
    found.add("role-admin", "role \"admin\"", "3 users have it");
    found.add("hasura-open", "http://hasura", "answers\x1b[31m");
    const Printed text = print(found, false);
    CHECK(text.code == kExitFailed);
    CHECK(text.out.starts_with(
        "error hasura-open: http://hasura answers\xEF\xBF\xBD[31m\n    cure: "));
    CHECK(text.out.find("1 error, 1 warning, 0 notes") != std::string::npos);
    const Printed json = print(found, true);
    CHECK(json.code == kExitFailed);
    CHECK(json.out.starts_with(
        R"([
  {"code":"hasura-open","severity":"error","subject":"http://hasura","problem":"answers)"));
    CHECK(json.out.find(R"("code":"role-admin","severity":"warning")") != std::string::npos);
}

TEST_CASE("where colours are shown, a finding begins with its own") {
    doctor::Findings found;
    found.add("hasura-open", "http://hasura", "answers");
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    print_findings(found.sorted(), {}, false, {.in = in, .out = out, .err = err, .colours = true});
    CHECK(out.str().starts_with("\x1b[31merror\x1b[0m hasura-open: "));
}

TEST_CASE("doctor says in one line that nothing is wrong, and where it did not look") {
    const Printed text = print({}, false);
    CHECK(text.code == kExitOk);
    CHECK(text.out ==
          "nothing is wrong as far as this can see; --metadata DIR looks at Hasura's metadata too; "
          "--hasura URL looks at a running Hasura too\n");
    CHECK(print({}, false, {"metadata", "http://hasura"}).out ==
          "nothing is wrong as far as this can see\n");
    CHECK(print({}, true).out == "[]\n");
}

TEST_CASE(
    "warnings are no failure, and a setting that cannot be used has the code of every command") {
    doctor::Findings warned;
    warned.add("role-admin", "role \"admin\"", "3 users have it");
    CHECK(print(warned, false).code == kExitOk);
    warned.add("config-invalid", "AUTH_ISSUER", "expected a URL");
    CHECK(print(warned, true).code == kExitUnusableConfig);
}

TEST_CASE("doctor shows no secret of a URL") {
    CHECK(doctor::shown_url("https://me:canary@host:1/a/b?token=canary#canary") ==
          "https://host:1/a/b");
    CHECK(doctor::shown_url("http://host/a@b") == "http://host/a@b");
    CHECK(doctor::shown_url("host") == "host");
}
