#include "keys/sealing.hpp"
#include "support/counting_random.hpp"
#include "support/printing.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace signet;
using namespace signet::keys;
using signet::test::CountingRandom;
using signet::test::TempDir;

namespace {

const SessionId kOne = SessionId::parse("00112233-4455-4677-8899-aabbccddeeff").value();
const SessionId kTwo = SessionId::parse("00112233-4455-4677-8899-aabbccddee00").value();
const std::string kKey(kSessionKeyBytes, 's');

SealedSessionKeys sealed_by(std::vector<std::string> keks) {
    return SealedSessionKeys(*Sealer::make(std::move(keks)));
}

const std::string kOld(kKekBytes, 'o');
const std::string kNew(kKekBytes, 'n');

}  // namespace

TEST_CASE("a session key opens for its own session, and no other") {
    const SealedSessionKeys keys = sealed_by({kOld});
    const Text sealed = *keys.seal(kKey, kOne);
    CHECK(sealed.str().starts_with("v1."));
    CHECK(sealed.str().find(kKey) == std::string::npos);
    CHECK(keys.open(sealed.view(), kOne).value() == kKey);
    const auto moved = keys.open(sealed.view(), kTwo);
    REQUIRE_FALSE(moved);
    CHECK(moved.error().errc == Errc::session_key_unavailable);
    CHECK(moved.error().log_detail.find(kTwo.str()) != std::string::npos);
}

TEST_CASE("a session key needs the key-encryption key that sealed it") {
    const Text sealed = *sealed_by({kOld}).seal(kKey, kOne);
    CHECK(sealed_by({kNew}).open(sealed.view(), kOne).error().errc ==
          Errc::session_key_unavailable);
    const SealedSessionKeys both = sealed_by({kNew, kOld});
    CHECK(both.open(sealed.view(), kOne).value() == kKey);
    CHECK_FALSE(both.current(sealed.view()));
    CHECK(both.current(both.seal(kKey, kOne)->view()));
}

TEST_CASE("a sealed session key that is cut, changed or of another length does not open") {
    const SealedSessionKeys keys = sealed_by({kOld});
    const std::string sealed = keys.seal(kKey, kOne)->str();
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        CHECK_FALSE(keys.open(sealed.substr(0, i), kOne));
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CHECK_FALSE(keys.open(changed, kOne));
    }
    CHECK_FALSE(keys.open(keys.seal("short", kOne)->view(), kOne));
}

TEST_CASE("the key-encryption key of sessions is made once, for nobody else to read") {
    const TempDir dir;
    const std::string path = dir.str() + "/keys";
    CHECK_FALSE(peek_session_key(path).value());
    CHECK_FALSE(std::filesystem::exists(path));
    CountingRandom random;
    const std::string made = load_session_key(path, random).value();
    CHECK(made.size() == kKekBytes);
    CHECK(load_session_key(path, random).value() == made);
    CHECK(peek_session_key(path).value() == made);
    struct stat status{};
    REQUIRE(::stat((path + '/' + kSessionKeyFile).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a key file for sessions is held to the rules of key files") {
    const TempDir dir;
    CountingRandom random;
    const std::string file = dir.str() + '/' + kSessionKeyFile;
    REQUIRE(load_session_key(dir.str(), random));
    using std::filesystem::perms;
    std::filesystem::permissions(file, perms::others_read, std::filesystem::perm_options::add);
    const auto loose = load_session_key(dir.str(), random);
    REQUIRE_FALSE(loose);
    CHECK(loose.error().log_detail.find("chmod 600") != std::string::npos);
    CHECK_FALSE(peek_session_key(dir.str()));
}

TEST_CASE("a key file for sessions that holds something else is never replaced") {
    const TempDir dir;
    CountingRandom random;
    for (const std::string text : {"", "short", "not base64 at all, but of some length.....!"}) {
        dir.write(kSessionKeyFile, text);
        const auto loaded = load_session_key(dir.str(), random);
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().log_detail.find(kSessionKeyFile) != std::string::npos);
        CHECK(dir.read(kSessionKeyFile) == text);
    }
    // As openssl rand -base64 32 writes it.
    dir.write(kSessionKeyFile, "++++////AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIII=\n");
    CHECK(load_session_key(dir.str(), random).value().size() == kKekBytes);
}
