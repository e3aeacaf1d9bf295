#pragma once

#include "breadcrumbs.h"
#include "receiver.h"

namespace gatehouse::mediad {

/// Chooses for each source: plain RTSP over TCP goes through our own reader, which costs least and knows the causes of
/// failures; UDP and TLS through GStreamer's rtspsrc. Needs set_up_gstreamer(); `crumbs` must outlive the result.
ReceiverFactory make_receiver_factory(Breadcrumbs& crumbs);

}  // namespace gatehouse::mediad
