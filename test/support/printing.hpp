#pragma once

#include <signet/result.hpp>

#include <doctest/doctest.h>

#include <string>

// Makes doctest print the error code of a Result, and never its value.
namespace doctest {

template <class T>
struct StringMaker<boost::system::result<T, signet::Error>> {
    static String convert(const boost::system::result<T, signet::Error>& result) {
        return result ? "a value" : std::string(signet::to_string(result.error().errc)).c_str();
    }
};

}  // namespace doctest
