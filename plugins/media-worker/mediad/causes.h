#pragma once

#include <string>

#include "receiver.h"

namespace gatehouse::mediad {

/// What an operator reads for each cause when nothing better is known.
const char* plain_words(Cause cause);

Failure failure(Cause cause);
Failure failure(Cause cause, std::string text);

/// From an RTSP status code (RFC 2326, 7.1.1).
Failure failure_from_status(int status, const std::string& reason);

/// From the text that GStreamer or the system gives with an error.
Failure failure_from_text(const std::string& text);

}  // namespace gatehouse::mediad
