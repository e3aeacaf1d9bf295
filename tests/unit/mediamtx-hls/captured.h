// Answers of a real MediaMTX, as captured.
#pragma once

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>

inline std::string captured(const std::string& name) {
    std::ifstream file(CAPTURES + name, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(file, name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline std::string captured_body(const std::string& name) {
    const std::string text = captured(name);
    return text.substr(text.find("\r\n\r\n") + 4);
}
