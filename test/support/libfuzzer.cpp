#include "support/fuzz.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// What libFuzzer's main() calls with each input (https://llvm.org/docs/LibFuzzer.html).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto* text = reinterpret_cast<const char*>(bytes);
    signet::test::fuzz_targets().front().run(std::string_view(text, size));
    return 0;
}
