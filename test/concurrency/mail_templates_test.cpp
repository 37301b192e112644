#include "mail/templates.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace signet;

TEST_CASE("several threads fill in the same templates") {
    const auto templates = mail::Templates::load("", "https://auth.example.org");
    REQUIRE(templates.has_value());
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            const std::string name = "user" + std::to_string(thread);
            for (int round = 0; round < 50; ++round) {
                const char* const language = round % 2 == 0 ? "de" : "en";
                const auto text = templates->render("username-taken", language,
                                                    {{"username", name}, {"holds", "3600"}});
                const bool good = text && text->text.find(name) != std::string::npos &&
                                  text->html.find(name) != std::string::npos;
                wrong += good ? 0 : 1;
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
}
