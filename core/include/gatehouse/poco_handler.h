// Plain Poco::Net request handlers as handlers of a route, for those who think in Poco.
#pragma once

#include <functional>

#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include <gatehouse/http.h>

namespace gatehouse::http {

// The handler of a route in Lane::kWorker: asks the factory for a Poco handler per request and lets it run to its end.
// The factory is called from many threads at once.
//
// The Poco request holds method, target, version, all fields and the body as its stream; its client address has port 0
// and its server address is 0.0.0.0:0. The Poco answer is collected in memory, at most 16 MiB (beyond that the stream
// goes bad and the client gets 500), and leaves when the handler returns; its framing fields and Date are the host's.
// A handler that returns without an answer gives 500, a Poco::Exception as any exception of a handler does.
std::function<void(Request&, Responder)> poco_handler(Poco::Net::HTTPRequestHandlerFactory::Ptr factory);

}  // namespace gatehouse::http
