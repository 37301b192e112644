#include "outbound/curl_http.hpp"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace signet::outbound {
namespace {

// What libcurl hands over while it receives.
struct Received {
    std::size_t bytes_max = 0;
    std::string body;
    std::string head;
    bool too_large = false;
    bool may_be_cut = false;  // whether a body that is too large is an answer all the same
    bool cut = false;
};

// libcurl gives up when less is taken than it offered. No exception may pass through it.
std::size_t take_body(char* data, std::size_t /*one*/, std::size_t count, void* to) noexcept {
    auto& received = *static_cast<Received*>(to);
    const std::size_t room = received.bytes_max - received.body.size();
    if (count > room) {
        (received.may_be_cut ? received.cut : received.too_large) = true;
    }
    if (received.too_large) {
        return 0;
    }
    try {
        if (received.cut) {
            received.body.append(data, room);
            return 0;
        }
        received.body.append(data, count);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return count;
}

std::size_t take_head(char* data, std::size_t /*one*/, std::size_t count, void* to) noexcept {
    auto& received = *static_cast<Received*>(to);
    received.too_large = count > received.bytes_max - received.head.size();
    if (received.too_large) {
        return 0;
    }
    try {
        received.head.append(data, count);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return count;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK) {
        throw std::runtime_error("libcurl does not take its option " + std::to_string(option));
    }
}

// What holds for every request.
void set_rules(CURL* easy) {
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_PROXY, "");  // also not the one that the environment names
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(easy, CURLOPT_USERAGENT, "signet");
    // Signals are the process's own. Without them a time-out while a name is looked up would wait
    // for the thread that looks; with this the thread is left to end by itself.
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);
}

using Fields = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Fields make_fields(const std::vector<std::string>& lines) {
    curl_slist* list = nullptr;
    for (const std::string& line : lines) {
        curl_slist* const longer = curl_slist_append(list, line.c_str());
        if (longer == nullptr) {
            curl_slist_free_all(list);
            throw std::bad_alloc();
        }
        list = longer;
    }
    return {list, &curl_slist_free_all};
}

std::string explain(CURLcode code, const Received& received, const char* details) {
    if (received.too_large) {
        return "the answer is larger than " + std::to_string(received.bytes_max) + " bytes";
    }
    return *details != '\0' ? details : curl_easy_strerror(code);
}

}  // namespace

void CurlHttp::Close::operator()(void* easy) const {
    curl_easy_cleanup(easy);
}

CurlHttp::CurlHttp() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) {
        throw std::runtime_error("libcurl cannot be used");
    }
    Handle easy = take();
    set_rules(easy.get());
    give_back(std::move(easy));
}

OutboundReply CurlHttp::get(const OutboundRequest& request) {
    return ask(request, nullptr);
}

OutboundReply CurlHttp::post(const OutboundRequest& request, std::string_view body) {
    return ask(request, &body);
}

OutboundReply CurlHttp::ask(const OutboundRequest& request, const std::string_view* body) {
    Received received;
    received.bytes_max = request.bytes_max;
    received.may_be_cut = body != nullptr;
    std::array<char, CURL_ERROR_SIZE> details{};
    const Fields fields = make_fields(request.fields);
    Handle easy = take();
    set_rules(easy.get());
    if (body != nullptr) {
        set(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
        set(easy.get(), CURLOPT_POSTFIELDS, body->data());  // not copied
    }
    set(easy.get(), CURLOPT_URL, request.url.c_str());
    set(easy.get(), CURLOPT_HTTPHEADER, fields.get());
    set(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    set(easy.get(), CURLOPT_ERRORBUFFER, details.data());
    set(easy.get(), CURLOPT_WRITEFUNCTION, &take_body);
    set(easy.get(), CURLOPT_WRITEDATA, static_cast<void*>(&received));
    set(easy.get(), CURLOPT_HEADERFUNCTION, &take_head);
    set(easy.get(), CURLOPT_HEADERDATA, static_cast<void*>(&received));
    const CURLcode code = curl_easy_perform(easy.get());
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    OutboundReply reply;
    if (code == CURLE_OK || received.cut) {
        reply.status = static_cast<int>(status);
        reply.body = std::move(received.body);
        reply.head = std::move(received.head);
    } else {
        reply.fault = explain(code, received, details.data());
    }
    give_back(std::move(easy));
    return reply;
}

CurlHttp::Handle CurlHttp::take() {
    {
        const std::scoped_lock lock(mutex_);
        if (!idle_.empty()) {
            Handle easy = std::move(idle_.back());
            idle_.pop_back();
            return easy;
        }
    }
    Handle easy(curl_easy_init());
    if (!easy) {
        throw std::bad_alloc();
    }
    return easy;
}

// Keeps the connection and forgets the request, whose memory is about to go.
void CurlHttp::give_back(Handle easy) {
    curl_easy_reset(easy.get());
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(easy));
}

}  // namespace signet::outbound
