#pragma once

#include "http/message.hpp"

#include <string>
#include <string_view>

namespace signet::routes {

// Text as it may stand between tags and in a quoted attribute.
std::string escape_html(std::string_view text);

struct Page {
    int status = 200;
    std::string_view language;     // BCP 47
    std::string title;             // text
    std::string content;           // HTML in which every value was escaped
    std::string_view script = {};  // without "</"; the only one that the page may run
    std::string_view style = {};   // CSS that follows that of all pages
    // Whether its script calls this service. Such a page sends no form by itself.
    bool calls_here = false;
};

// Returns the page, which loads nothing, and is neither stored, framed nor indexed.
http::Response page_reply(const Page& page);

// 303 to another address, in printable ASCII, which is not told where the browser came from.
http::Response see_other(std::string location);

}  // namespace signet::routes
