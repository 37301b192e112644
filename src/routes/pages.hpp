#pragma once

#include "base/log.hpp"
#include "http/message.hpp"

#include <signet/domain/error.hpp>

namespace signet::routes {

// The same as refuse(), for people: a page in their language.
http::Response refuse_on_page(const Error& error, const http::Request& request, const Log& log);

}  // namespace signet::routes
