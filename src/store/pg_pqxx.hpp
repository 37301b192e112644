#pragma once

// libpqxx, as the files pg* include it.
//
// In 7.8, which Ubuntu 24.04 has, its exceptions have a std::source_location wherever the
// includer's standard library has one. The library itself was compiled as C++17, where there is
// none, so their constructors would be missing when we are linked. Later versions remember how they
// were compiled, and 6.4 knows nothing of it.
#include <version>
#pragma push_macro("__cpp_lib_source_location")
#undef __cpp_lib_source_location
#include <pqxx/pqxx>
#pragma pop_macro("__cpp_lib_source_location")
