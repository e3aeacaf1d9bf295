#pragma once

namespace gatehouse::mediad {

/// Initialises GStreamer with exactly the plugins that a shard needs. No registry is read or written, so a shard starts
/// in tens of milliseconds, on a read-only system too. Throws std::runtime_error naming the plugin that is missing.
void set_up_gstreamer();

/// Waits for what still runs on GStreamer's helper threads.
void tear_down_gstreamer();

}  // namespace gatehouse::mediad
