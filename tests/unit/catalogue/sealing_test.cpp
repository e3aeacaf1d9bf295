#include "catalogue/sealing.h"

#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

using namespace gatehouse;
using namespace gatehouse::catalogue;

namespace {

MasterKey key_of(unsigned char byte) {
    MasterKey::Bytes bytes{};
    bytes.fill(std::byte{byte});
    return MasterKey(bytes);
}

const SealedPlace kPlace{"core_camera", "11111111-2222-4333-8444-555555555555", "main_password"};

std::string message_of(const MasterKey& key, const SealedPlace& place, std::string_view blob) {
    try {
        unseal(key, place, blob);
    } catch (const Error& failure) {
        return failure.message();
    }
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sealing)

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_again) {
    const MasterKey key = key_of(7);
    for (const std::string& plain :
         {std::string(), std::string("s3cret"), std::string("\0\xff", 2), std::string(65536, 'x')})
        BOOST_TEST(unseal(key, kPlace, seal(key, kPlace, plain)) == plain);
}

BOOST_AUTO_TEST_CASE(the_secret_does_not_show_and_two_seals_differ) {
    const MasterKey key = key_of(7);
    const std::string one = seal(key, kPlace, "s3cret"), two = seal(key, kPlace, "s3cret");
    BOOST_TEST(one != two);
    BOOST_TEST(one.find("s3cret") == std::string::npos);
    BOOST_TEST(one.size() == 1u + 8 + 12 + 6 + 16);
}

BOOST_AUTO_TEST_CASE(a_blob_does_not_open_in_another_place) {
    const MasterKey key = key_of(7);
    const std::string blob = seal(key, kPlace, "s3cret");
    for (const SealedPlace& other : {SealedPlace{"core_area", kPlace.row_uuid, kPlace.column},
                                     SealedPlace{kPlace.table, "11111111-2222-4333-8444-555555555556", kPlace.column},
                                     SealedPlace{kPlace.table, kPlace.row_uuid, "main_user"}})
        BOOST_TEST(message_of(key, other, blob).find("changed or moved") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(any_changed_byte_is_noticed) {
    const MasterKey key = key_of(7);
    const std::string blob = seal(key, kPlace, "s3cret");
    for (std::size_t i = 0; i < blob.size(); ++i) {
        std::string changed = blob;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        BOOST_TEST(!message_of(key, kPlace, changed).empty(), "byte " << i);
    }
}

BOOST_AUTO_TEST_CASE(a_cut_or_empty_blob_is_an_error_not_a_crash) {
    const MasterKey key = key_of(7);
    const std::string blob = seal(key, kPlace, "s3cret");
    for (std::size_t size = 0; size < blob.size(); ++size)
        BOOST_TEST(!message_of(key, kPlace, blob.substr(0, size)).empty(), "size " << size);
}

BOOST_AUTO_TEST_CASE(another_key_is_said_to_be_another_key) {
    const std::string blob = seal(key_of(7), kPlace, "s3cret");
    BOOST_TEST(message_of(key_of(8), kPlace, blob).find("another key") != std::string::npos);
    BOOST_TEST(key_of(7).id() != key_of(8).id());
    BOOST_TEST(key_of(7).id() == key_of(7).id());
    BOOST_TEST(key_of(7).id().size() == 16u);
}

BOOST_AUTO_TEST_SUITE_END()
