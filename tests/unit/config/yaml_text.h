// Reading YAML in tests and asking what was found.
#pragma once

#include <boost/test/unit_test.hpp>

#include <string>

#include "config/yaml_reader.h"

namespace gatehouse {

struct Yaml {
    ConfigIssues issues;
    ConfigNode root;

    explicit Yaml(const std::string& text) : root(config::read_yaml(text, "f.yaml", issues)) {}

    std::string problems() const {
        std::string all;
        for (const auto& issue : issues.all()) all += issue.text() + "\n";
        return all;
    }
};

}  // namespace gatehouse
