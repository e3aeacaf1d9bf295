#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gatehouse/media_protocol/messages.h>

#include "access_unit.h"
#include "codec_config.h"

namespace gatehouse::mediad {

using media_protocol::Cause;

struct Failure {
    Cause cause = Cause::none;
    std::string text;                ///< plain words, no credentials
    bool transport_refused = false;  ///< the camera does not offer this transport; another may work
};

/// What a receiver hears from a camera. All calls may come from any thread, also after the receiver was destroyed:
/// the sink decides whether they still matter. failed() is the last call.
class MediaSink {
public:
    virtual ~MediaSink() = default;
    virtual void connected() = 0;  ///< the camera agreed to play
    virtual void video_config(VideoConfig config) = 0;
    virtual void audio_config(AudioConfig config) = 0;
    virtual void note(std::string text) = 0;
    virtual void unit(const AccessUnit& unit) = 0;
    virtual void video_packet() {}     ///< one or several have come; they need not make a picture yet
    virtual void discontinuity() = 0;  ///< what follows does not continue what came before
    virtual void failed(Failure failure) = 0;
};

struct Source {
    std::string url;  ///< without credentials
    std::string user;
    std::string password;
    bool udp = false;
    std::uint64_t crumb = 0;  ///< breadcrumb_hash() of the stream
};

/// One attempt to play one stream, from construction on. Destruction gives it up and does not block.
class Receiver {
public:
    virtual ~Receiver() = default;
};

using ReceiverFactory = std::function<std::unique_ptr<Receiver>(const Source&, std::shared_ptr<MediaSink>)>;

}  // namespace gatehouse::mediad
