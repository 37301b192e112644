// The one translation unit that holds Boost.JSON's compiled half: Debian keeps the library in a
// package of its own, whose version differs between releases; its headers carry the same source.
#include <boost/json/src.hpp>
