#pragma once

#include <memory>

#include "receiver.h"

namespace gatehouse::mediad {

/// A receiver on GStreamer's rtspsrc: RTSP over TCP, UDP and TLS. Needs gst_init(). TLS certificates are not checked,
/// since cameras sign their own; the credentials still never leave in clear text (Digest).
std::unique_ptr<Receiver> make_rtspsrc_receiver(const Source& source, std::shared_ptr<MediaSink> sink);

}  // namespace gatehouse::mediad
