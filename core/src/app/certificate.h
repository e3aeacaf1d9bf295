// The certificate of the HTTPS door, as the configuration names it.
#pragma once

#include <memory>
#include <string>

#include "config/configuration.h"
#include "net/tls_context.h"

namespace gatehouse::app {

// Null where no HTTPS door is wanted. What is wrong with the files becomes an issue at the key that names the file, and
// null too. Blocking.
std::shared_ptr<const net::TlsContext> load_certificate(const config::Configuration& configuration,
                                                        ConfigIssues& issues);

// For the operator's log: "until 2027-01-01T00:00:00.000Z, SHA-256 ab12...", and whether that is past or near.
std::string describe(const net::TlsContext& certificate, UtcTime now);

}  // namespace gatehouse::app
