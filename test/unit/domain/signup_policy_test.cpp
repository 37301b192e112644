#include <signet/domain/signup_policy.hpp>

#include <doctest/doctest.h>

using namespace signet;

TEST_CASE("a domain stands for itself, and behind *. for what is below it, in whatever case") {
    const SignupPolicy exact{.domains = {"Example.org"}};
    const SignupPolicy below{.domains = {"*.example.org"}};
    CHECK(takes_domain_of("ada@example.org", exact));
    CHECK(takes_domain_of("ada@EXAMPLE.ORG", exact));
    CHECK_FALSE(takes_domain_of("ada@mail.example.org", exact));
    CHECK(takes_domain_of("ada@mail.Example.org", below));
    CHECK(takes_domain_of("ada@a.b.example.org", below));
    CHECK_FALSE(takes_domain_of("ada@example.org", below));
    for (const char* other : {"ada@example.org.evil.test", "ada@evilexample.org",
                              "ada@evil-example.org", "example.org@evil.test", "ada@example.com"}) {
        CAPTURE(other);
        CHECK_FALSE(takes_domain_of(other, exact));
        CHECK_FALSE(takes_domain_of(other, below));
    }
}

TEST_CASE("a blocked domain is refused also where the other list has it, and no list takes all") {
    const SignupPolicy both{.domains = {"example.org", "*.example.org"},
                            .blocked_domains = {"spam.example.org"}};
    CHECK(takes_domain_of("ada@example.org", both));
    CHECK(takes_domain_of("ada@mail.example.org", both));
    CHECK_FALSE(takes_domain_of("ada@spam.example.org", both));
    CHECK(takes_domain_of("ada@example.com", {.blocked_domains = {"example.org"}}));
    CHECK(takes_domain_of("ada@example.com", {}));
}

TEST_CASE("a pattern is a domain that an address can have") {
    for (const char* good :
         {"example.org", "*.example.org", "EXAMPLE.org", "xn--bcher-kva.example"}) {
        CAPTURE(good);
        CHECK(is_domain_pattern(good));
    }
    for (const char* bad : {"", "*", "*.", "org", "*.org", ".example.org", "example.org.",
                            "*example.org", "a.*.org", "@example.org", "ada@example.org",
                            "b\xC3\xBC"
                            "cher.example",
                            "127.0.0.1", "exa mple.org", "**.example.org"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_domain_pattern(bad));
    }
}
