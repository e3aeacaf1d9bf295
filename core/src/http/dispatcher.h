// From a parsed request to its handler: limits, path, route, rights, origin, cache, lane.
#pragma once

namespace gatehouse::http {

class Exchange;
class FrontLoop;

// Decides whether the request may be handled. False: an error, or an answer of the host's own, has been sent.
bool admit(Exchange& exchange, FrontLoop& loop);
// Hands an admitted request, its body complete, to the response cache or to its handler. Whether it has been answered
// on the spot, the exchange knows.
void call(Exchange& exchange, FrontLoop& loop);

}  // namespace gatehouse::http
