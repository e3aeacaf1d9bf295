#define BOOST_TEST_MODULE mediad_codec_config
#include <boost/test/unit_test.hpp>

#include "codec_config.h"
#include "parameter_sets.h"

using namespace gatehouse::mediad;

namespace {

// As libx264 and libx265 write them, for the picture sizes in the names.
constexpr std::string_view kBaseline642x362 =
    "0142c01effe1001e6742c01ed900a42fe224ffc0b500f0c4000003000400000300c83c58b92001000568cb83cb20";
constexpr std::string_view kHigh1920x1080 =
    "01640028ffe1001f67640028acd940780227e5ffc000c00104000003000400000300c83c60c65801000668ebe3cb22c0fdf8f800";
constexpr std::string_view kHevc426x240 =
    "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003c959009a10001002f"
    "4201010160"
    "0000030090000003000003003ca00d880f1c9e595924932bffc02800355a020000030002000003003210a2000100074401c172b46240";

std::vector<std::byte> bytes(std::string_view hex) {
    std::vector<std::byte> out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_avc_record_names_codec_size_and_reordering) {
    const auto baseline = video_config_from_avcc(bytes(kBaseline642x362)).value();
    BOOST_TEST(baseline.codec_string == "avc1.42C01E");
    BOOST_TEST(baseline.width == 642U);
    BOOST_TEST(baseline.height == 362U);
    BOOST_TEST(baseline.reorder_depth.value() == 0U);
    const auto high = video_config_from_avcc(bytes(kHigh1920x1080)).value();
    BOOST_TEST(high.codec_string == "avc1.640028");
    BOOST_TEST(high.width == 1920U);
    BOOST_TEST(high.height == 1080U);
    BOOST_TEST(high.reorder_depth.value() == 2U);
}

BOOST_AUTO_TEST_CASE(an_hevc_record_names_codec_size_and_reordering) {
    const auto config = video_config_from_hvcc(bytes(kHevc426x240)).value();
    BOOST_TEST(config.codec_string == "hvc1.1.6.L60.90");
    BOOST_TEST(config.width == 426U);
    BOOST_TEST(config.height == 240U);
    BOOST_TEST(config.reorder_depth.value() == 2U);
}

BOOST_AUTO_TEST_CASE(records_cut_short_or_filled_with_anything_do_no_harm) {
    for (const auto text : {kBaseline642x362, kHigh1920x1080, kHevc426x240}) {
        auto whole = bytes(text);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto part = std::span(whole).first(size);
            video_config_from_avcc(part);
            video_config_from_hvcc(part);
        }
        for (std::size_t i = 0; i < whole.size(); ++i) {
            for (const int value : {0x00, 0x03, 0x7F, 0xFF}) {
                auto bent = whole;
                bent[i] = static_cast<std::byte>(value);
                const auto avc = video_config_from_avcc(bent);
                if (avc) BOOST_TEST(avc->width <= 16384U);
                const auto hevc = video_config_from_hvcc(bent);
                if (hevc) BOOST_TEST(hevc->width <= 16384U);
            }
        }
    }
    BOOST_TEST(!video_config_from_avcc({}).has_value());
    BOOST_TEST(!video_config_from_hvcc({}).has_value());
}

BOOST_AUTO_TEST_CASE(audio_configurations_are_read_with_their_rates_and_lengths) {
    const auto plain = audio_config_from_asc(bytes("1210")).value();
    BOOST_TEST(plain.codec_string == "mp4a.40.2");
    BOOST_TEST(plain.sample_rate == 44100U);
    BOOST_TEST(plain.channels == 2U);
    BOOST_TEST(plain.samples_per_frame == 1024U);
    const auto mono8k = audio_config_from_asc(bytes("1588")).value();
    BOOST_TEST(mono8k.sample_rate == 8000U);
    BOOST_TEST(mono8k.channels == 1U);
    const auto high_efficiency = audio_config_from_asc(bytes("2b118800")).value();
    BOOST_TEST(high_efficiency.codec_string == "mp4a.40.5");
    BOOST_TEST(audio_config_from_asc(bytes("1214")).value().samples_per_frame == 960U);
    // Main, low delay and enhanced low delay: no browser decodes them, and they would take the picture with them.
    for (const char* bad : {"", "12", "0000", "1780", "0a10", "ba10", "f8e840"})
        BOOST_TEST(!audio_config_from_asc(bytes(bad)).has_value());
}
