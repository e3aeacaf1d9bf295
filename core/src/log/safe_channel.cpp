#include "log/safe_channel.h"

#include <Poco/Message.h>

#include "log/fields.h"
#include "log/redaction.h"

namespace gatehouse::log {

void SafeChannel::log(const Poco::Message& message) {
    Poco::Message safe(message);
    // Redaction comes first: it knows line ends, which one_line() takes away.
    safe.setText(one_line(redacted(message.getText())));
    for (const char* field : kFields)
        if (message.has(field)) safe.set(field, one_line(redacted(message.get(field))));
    next_->log(safe);
}

}  // namespace gatehouse::log
