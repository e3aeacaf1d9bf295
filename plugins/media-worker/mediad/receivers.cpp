#include "receivers.h"

#include "rtspsrc_receiver.h"

namespace gatehouse::mediad {

ReceiverFactory make_receiver_factory() { return make_rtspsrc_receiver; }

}  // namespace gatehouse::mediad
