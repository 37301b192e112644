#include "base/accept_language.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using signet::choose_language;

TEST_CASE("the language is the one that Accept-Language likes best") {
    const std::vector<std::string> available{"de", "en", "pt-BR"};
    struct Case {
        const char* header;
        const char* language;
    };
    for (const Case& tried :
         {Case{"", "en"}, Case{"de", "de"}, Case{"de-CH", "de"}, Case{"DE-at, en;q=0.9", "de"},
          Case{"en;q=0.8, de;q=0.9", "de"}, Case{"en, de", "en"}, Case{"fr, de;q=0.1", "de"},
          Case{"fr", "en"}, Case{"de;q=0", "en"}, Case{"de;q=0.000, *", "en"}, Case{"*", "en"},
          Case{"pt-br", "pt-BR"}, Case{"pt", "en"}, Case{"de-DE-1996;q=1.0", "de"},
          Case{" de ; q=0.5 , en ; q=0.4", "de"}, Case{"de;q=x, en;q=0.1", "en"},
          Case{",,;;q=,-,de", "de"}, Case{"deutsch", "en"}, Case{"en;q=0.12, de;q=0.123", "de"}}) {
        CAPTURE(tried.header);
        CHECK(choose_language(tried.header, available) == tried.language);
    }
}
