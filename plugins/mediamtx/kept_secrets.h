// Secrets, the hook's certificate and its port, kept over restarts of the gateway: a MediaMTX of its own service goes
// on meanwhile, and a change of any would drop every stream of every camera.
#pragma once

#include <cstdint>
#include <string>

namespace gatehouse::mediamtx {

struct KeptSecrets {
    std::string cdn;              // MediaMTX's hlsCDNSecret, 40 letters and digits
    std::string reader;           // password of our own readers of MediaMTX's RTSP
    std::string hook;             // part of the auth hook's path
    std::string api;              // for administrators of MediaMTX's API; our own calls have a pass each
    std::uint16_t hook_port = 0;  // where the hook listened last; 0: nowhere yet
    std::string certificate;      // the hook's, with its key: hook_certificate.h

    bool operator==(const KeptSecrets&) const = default;
};

// 40 letters and digits, from the kernel's random numbers.
std::string random_secret();

// Reads `path`, or gives new secrets where it is missing or makes no sense. Blocks on the disk.
KeptSecrets load_secrets(const std::string& path);
// Writes with mode 0600, atomically. Throws Error(kInternal).
void save_secrets(const std::string& path, const KeptSecrets& secrets);

}  // namespace gatehouse::mediamtx
