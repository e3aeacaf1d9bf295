// Cross-origin rules (Fetch standard, "CORS protocol") by configuration. Pure once built; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::http {

class Cors {
public:
    enum class Verdict {
        kNoOrigin,    // not a cross-origin request as far as one can see
        kSameOrigin,  // the page came from this door
        kAllowed,     // on the list: echo it, with credentials
        kForeign,     // anything else: no fields, and no change may be asked for
    };
    // Origins as browsers send them: "https://host[:port]". Throws Error(kInvalidArgument) on anything else.
    explicit Cors(std::vector<std::string> origins);

    // `host` is the authority the client asked for.
    Verdict judge(std::string_view origin, std::string_view host) const;
    // Whether answers differ by Origin, so that shared caches must know.
    bool varies() const noexcept { return !origins_.empty(); }

private:
    std::vector<std::string> origins_;
};

}  // namespace gatehouse::http
