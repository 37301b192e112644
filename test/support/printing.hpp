#pragma once

#include <signet/result.hpp>

#include <doctest/doctest.h>

#include <string>

// doctest shows a Result by its error code, and never what is in it.
namespace doctest {

template <class T>
struct StringMaker<boost::system::result<T, signet::Error>> {
    static String convert(const boost::system::result<T, signet::Error>& result) {
        return result ? "a value" : std::string(signet::to_string(result.error().errc)).c_str();
    }
};

}  // namespace doctest
