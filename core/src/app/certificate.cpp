#include "app/certificate.h"

#include <chrono>

namespace gatehouse::app {

std::shared_ptr<const net::TlsContext> load_certificate(const config::Configuration& configuration,
                                                        ConfigIssues& issues) {
    const auto& https = configuration.app.https;
    const bool named = https.certificate.starts_with('/') && https.key.starts_with('/');  // else an issue already
    if (https.listen.empty() || !named) return nullptr;
    try {
        return net::TlsContext::load({https.certificate, https.key});
    } catch (const net::TlsFileError& problem) {
        const ConfigNode node = configuration.root.get("https");
        issues.add(node.get(problem.of_key() ? "key" : "certificate").location(), problem.message());
    }
    return nullptr;
}

std::string describe(const net::TlsContext& certificate, UtcTime now) {
    using namespace std::chrono_literals;
    std::string text = "until " + to_iso8601(certificate.expires()) + ", SHA-256 " + certificate.fingerprint();
    if (certificate.expires() <= now)
        text += "; IT HAS EXPIRED, or the clock of this machine is wrong";
    else if (certificate.expires() - now < 24h * 14)
        text += "; it expires within 14 days";
    return text;
}

}  // namespace gatehouse::app
