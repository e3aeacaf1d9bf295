#include "receivers.h"

#include <utility>

#include "rtspsrc_receiver.h"
#include "tcp_receiver.h"

namespace gatehouse::mediad {

ReceiverFactory make_receiver_factory(Breadcrumbs& crumbs) {
    return [tcp = std::make_shared<TcpReceivers>(crumbs)](const Source& source, std::shared_ptr<MediaSink> sink) {
        if (source.udp || source.url.starts_with("rtsps://")) return make_rtspsrc_receiver(source, std::move(sink));
        return tcp->make(source, std::move(sink));
    };
}

}  // namespace gatehouse::mediad
