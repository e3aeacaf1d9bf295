#pragma once

#include "receiver.h"

namespace gatehouse::mediad {

/// Chooses the receiver for each source. What it makes must not outlive set_up_gstreamer().
ReceiverFactory make_receiver_factory();

}  // namespace gatehouse::mediad
