#pragma once

#include <signet/domain/error.hpp>

#include <boost/system/result.hpp>

namespace signet {

// What every fallible function of the contract returns: a value, or an Error that says why not.
// Exceptions are for broken infrastructure only; two edges translate them (store, HTTP session).
template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace signet
