#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "options.hpp"

namespace gatehouse::simcam {

// The SPS and PPS (for H.265 also the VPS) of an Annex B access unit, each with a start code. Other units are left out.
std::vector<std::uint8_t> parameter_sets(std::span<const std::uint8_t> access_unit, Codec codec);

}  // namespace gatehouse::simcam
