#pragma once

#include <memory>

#include "breadcrumbs.h"
#include "receiver.h"

namespace gatehouse::mediad {

/// Makes receivers for RTSP over TCP that share one thread for reading; each attempt borrows a thread of its own until
/// the camera plays or refuses. Thread-safe. Must outlive its receivers.
class TcpReceivers {
public:
    explicit TcpReceivers(Breadcrumbs& crumbs);
    ~TcpReceivers();
    TcpReceivers(const TcpReceivers&) = delete;
    TcpReceivers& operator=(const TcpReceivers&) = delete;

    std::unique_ptr<Receiver> make(const Source& source, std::shared_ptr<MediaSink> sink);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::mediad
