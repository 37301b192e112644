#include "base/json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

// The aligned allocation functions of this test program, so that memory can be looked at in the
// moment in which it is given back.
namespace {

thread_local bool watching = false;
thread_local std::size_t blocks = 0;
thread_local std::size_t dirty_blocks = 0;

}  // namespace

void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto align = static_cast<std::size_t>(alignment);
    void* memory = std::aligned_alloc(align, (bytes + align - 1) / align * align);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t bytes, std::align_val_t) noexcept {
    if (watching) {
        ++blocks;
        const auto* first = static_cast<const unsigned char*>(memory);
        const bool clean = std::all_of(first, first + bytes, [](auto byte) { return byte == 0; });
        dirty_blocks += clean ? 0 : 1;
    }
    std::free(memory);
}

TEST_CASE("wiping storage gives no block back before it is overwritten") {
    watching = true;
    {
        const auto read = signet::read_json(
            R"({"password":"a pass phrase of more than sixteen characters","more":["x",{"y":"z"}]})",
            {}, signet::wiping_storage());
        CHECK(std::holds_alternative<boost::json::value>(read));
    }
    {
        const auto refused = signet::read_json(R"({"password":"a pass phrase that is cut off)", {},
                                               signet::wiping_storage());
        CHECK(std::holds_alternative<signet::JsonFault>(refused));
    }
    watching = false;
    CHECK(blocks > 3);
    CHECK(dirty_blocks == 0);
}
