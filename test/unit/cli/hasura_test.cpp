#include "cli/hasura.hpp"

#include "config/load.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

using namespace signet::cli;
using namespace signet::config;

namespace {

struct Printed {
    int code;
    std::string out;
    std::string err;
};

Printed secret(Variables environment, const std::optional<std::string>& jwk_url = {}) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const LoadedConfig loaded = load_config({std::move(environment), {}}, false);
    REQUIRE(loaded.usable());
    const int code = hasura_secret(loaded.config, jwk_url, {in, out, err});
    return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("hasura secret names the JWKS and the issuer, and warns of an address in this machine") {
    const Printed printed = secret({});
    CHECK(printed.code == signet::kExitOk);
    CHECK(printed.out ==
          "{\"jwk_url\":\"http://127.0.0.1:4000/jwks\",\"issuer\":\"http://127.0.0.1:4000\"}\n");
    CHECK(printed.err.find("--jwk-url") != std::string::npos);
}

TEST_CASE("hasura secret has audience and namespace where they are configured") {
    const Printed printed = secret({{"AUTH_ISSUER", "https://a.example/"},
                                    {"AUTH_AUDIENCE", "app"},
                                    {"AUTH_CLAIMS_NAMESPACE", "ns"}});
    CHECK(printed.out ==
          "{\"jwk_url\":\"https://a.example/jwks\",\"issuer\":\"https://a.example/\","
          "\"audience\":\"app\",\"claims_namespace\":\"ns\"}\n");
    CHECK(printed.err.empty());
}

TEST_CASE("hasura secret falls back to the listen address when the issuer is no URL") {
    CHECK(secret({{"AUTH_ISSUER", "signet"}}).out ==
          "{\"jwk_url\":\"http://127.0.0.1:4000/jwks\",\"issuer\":\"signet\"}\n");
}

TEST_CASE("hasura secret takes --jwk-url, and refuses what is none") {
    CHECK(secret({}, "http://signet:4000/jwks").out ==
          "{\"jwk_url\":\"http://signet:4000/jwks\",\"issuer\":\"http://127.0.0.1:4000\"}\n");
    CHECK(secret({}, "signet:4000").code == signet::kExitWrongUsage);
}
