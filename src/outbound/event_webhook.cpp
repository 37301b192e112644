#include "outbound/event_webhook.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/sha256.hpp"
#include "base/system.hpp"

#include <signet/domain/event.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace signet::outbound {
namespace {

constexpr std::size_t kAnswerBytesMax = 4096;
constexpr std::size_t kShownBytesMax = 200;  // of an answer that an operator sees
constexpr int kGone = 410;

void write_member(JsonWriter& json, const EventMember& member, const std::string* value) {
    json.key(member.name);
    if (!member.is_list) {
        value != nullptr ? json.value(*value) : json.raw("null");
        return;
    }
    json.begin_array();
    std::string_view rest = value != nullptr ? *value : std::string_view();
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(kListSeparator), rest.size());
        json.value(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    json.end_array();
}

std::string make_body(std::string_view name, std::int64_t at_s, const MessageValues& data) {
    const auto find = [&data](std::string_view member) {
        const auto found = data.find(std::string(member));
        return found == data.end() ? nullptr : &found->second;
    };
    JsonWriter json;
    json.begin_object().member("type", name).member("timestamp", rfc3339(at_s));
    json.key("data").begin_object();
    write_member(json, {"id"}, find("id"));
    if (const EventKind* const kind = find_event(name)) {
        for (const EventMember& member : kind->members) {
            write_member(json, member, find(member.name));
        }
    }
    json.end_object().end_object();
    return json.take();
}

// Whether the answer says that the receiver, or its address, is another than the operator thinks.
bool is_misconfigured(int status) {
    constexpr int kRedirects = 300;
    constexpr int kClientErrors = 400;
    return (status >= kRedirects && status < kClientErrors) || status == 401 || status == 403 ||
           status == 404 || status == 405 || status == kGone;
}

Delivery judge(const OutboundReply& reply) {
    if (reply.status == 0) {
        return {DeliveryOutcome::later, reply.fault};
    }
    std::string reason = "answered " + std::to_string(reply.status);
    if (reply.status / 100 == 2) {
        return {DeliveryOutcome::delivered, std::move(reason)};
    }
    if (reply.status / 100 == 3) {
        reason += ", a redirect, which is not followed: set AUTH_EVENTS_URL to where it leads";
    } else if (!reply.body.empty()) {
        reason += ": " + reply.body.substr(0, kShownBytesMax);
    }
    return {reply.status == kGone ? DeliveryOutcome::refused : DeliveryOutcome::later,
            std::move(reason), is_misconfigured(reply.status)};
}

}  // namespace

EventWebhook::EventWebhook(EventReceiver receiver, std::unique_ptr<OutboundHttp> http,
                           const Clock& clock)
    : receiver_(std::move(receiver)), http_(std::move(http)), clock_(clock) {}

EventWebhook::~EventWebhook() {
    for (std::string& key : receiver_.keys) {
        wipe(key);
    }
}

Delivery EventWebhook::post(const Uuid& id, std::string_view name, std::int64_t at_s,
                            const MessageValues& data) {
    const std::string body = make_body(name, at_s, data);
    const std::string now = std::to_string(clock_.now_s());
    const std::string signed_text = id.str() + '.' + now + '.' + body;
    std::string signatures;
    for (const std::string& key : receiver_.keys) {
        signatures += signatures.empty() ? "v1," : " v1,";
        signatures += base64_encode(hmac_sha256(key, signed_text));
    }
    return judge(http_->post({.url = receiver_.url,
                              .fields = {"Content-Type: application/json",
                                         "Expect:",  // the body comes at once
                                         "webhook-id: " + id.str(), "webhook-timestamp: " + now,
                                         "webhook-signature: " + signatures},
                              .timeout = kEventPostMax,
                              .bytes_max = kAnswerBytesMax},
                             body));
}

}  // namespace signet::outbound
