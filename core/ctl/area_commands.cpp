// gatehousectl areas ...
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <optional>

#include "command.h"
#include "failure.h"
#include "secret_input.h"
#include "text.h"

namespace gatehouse::ctl {

namespace {

struct AreaArguments {
    std::string which;
    std::optional<std::string> name, description, rt, rw, kelurahan, kecamatan;
    std::optional<double> latitude, longitude;
    bool yes = false;
};

Poco::JSON::Object body_of(const AreaArguments& arguments) {
    Poco::JSON::Object body;
    const auto put = [&](const char* field, const auto& value) {
        if (value) body.set(field, *value);
    };
    put("name", arguments.name);
    put("description", arguments.description);
    put("rt", arguments.rt);
    put("rw", arguments.rw);
    put("kelurahan", arguments.kelurahan);
    put("kecamatan", arguments.kecamatan);
    put("latitude", arguments.latitude);
    put("longitude", arguments.longitude);
    return body;
}

std::string area_path(const Session& session, const std::string& which) {
    return "/api/areas/" + std::to_string(session.find_id("/api/areas", "area", which));
}

void list(const Session& session) {
    const Answer answer = session.ask("GET", "/api/areas");
    if (session.shown_as_json(answer)) return;
    const auto areas = data_array(answer);
    Table table({"ID", "NAME", "CAMERAS", "RT", "RW", "KELURAHAN", "KECAMATAN", "DESCRIPTION"});
    for (std::size_t i = 0; i < areas->size(); ++i) {
        const auto area = areas->getObject(static_cast<unsigned>(i));
        table.add({field_text(area, "id"), field_text(area, "name"), field_text(area, "camera_count"),
                   field_text(area, "rt"), field_text(area, "rw"), field_text(area, "kelurahan"),
                   field_text(area, "kecamatan"), field_text(area, "description")});
    }
    if (table.empty())
        std::cout << "There are no areas yet. Add one with:\n  gatehousectl areas add --name \"North gate\"\n";
    else
        std::cout << table.text();
}

void show(const Session& session, const std::string& which) {
    const Answer answer = session.ask("GET", area_path(session, which));
    if (session.shown_as_json(answer)) return;
    const auto area = data_object(answer);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& name : area->getNames())
        if (const std::string value = field_text(area, name); !value.empty()) pairs.emplace_back(name, value);
    std::cout << aligned_pairs(pairs);
}

void add(const Session& session, const AreaArguments& arguments) {
    const Answer answer = session.ask("POST", "/api/areas", json_text(body_of(arguments)));
    if (session.shown_as_json(answer)) return;
    const auto area = data_object(answer);
    std::cout << "Area " << field_text(area, "id") << " '" << printable(field_text(area, "name")) << "' added.\n";
}

void edit(const Session& session, const AreaArguments& arguments) {
    const Poco::JSON::Object body = body_of(arguments);
    if (body.size() == 0) throw Failure(kUsage, "say what to change; gatehousectl areas edit --help lists it");
    const Answer answer = session.ask("PUT", area_path(session, arguments.which), json_text(body));
    if (!session.shown_as_json(answer)) std::cout << printable(field_text(answer.body, "message")) << "\n";
}

void remove(const Session& session, const AreaArguments& arguments) {
    const std::string path = area_path(session, arguments.which);
    const std::string name = field_text(data_object(session.ask("GET", path)), "name");
    if (!arguments.yes && !confirm("Remove area '" + printable(name) + "'?"))
        throw Failure(kRefused, "nothing was removed");
    const Answer answer = session.ask("DELETE", path);
    if (!session.shown_as_json(answer)) std::cout << "Area '" << printable(name) << "' removed.\n";
}

void add_settings(CLI::App& command, AreaArguments& a, bool creates) {
    auto* name = command.add_option("--name", a.name, "Name, 1 to 100 bytes, no two alike");
    if (creates) name->required();
    command.add_option("--description", a.description, "Up to 500 bytes");
    command.add_option("--rt", a.rt, "Rukun tetangga");
    command.add_option("--rw", a.rw, "Rukun warga");
    command.add_option("--kelurahan", a.kelurahan, "Kelurahan");
    command.add_option("--kecamatan", a.kecamatan, "Kecamatan");
    command.add_option("--latitude", a.latitude, "Degrees north, -90 to 90");
    command.add_option("--longitude", a.longitude, "Degrees east, -180 to 180");
}

}  // namespace

void add_area_commands(CLI::App& app, const Session& session) {
    const auto a = std::make_shared<AreaArguments>();
    auto* areas = app.add_subcommand("areas", "List, add, change and remove areas");
    areas->require_subcommand(1);
    const auto command = [&](const char* name, const char* help, bool names_one, auto run) {
        auto* sub = areas->add_subcommand(name, help);
        if (names_one) sub->add_option("area", a->which, "Number or exact name")->required();
        sub->callback([&session, a, run] { session.choose([&session, a, run] { run(session, *a); }); });
        return sub;
    };
    command("list", "All areas", false, [](const Session& s, const AreaArguments&) { list(s); });
    command("show", "One area", true, [](const Session& s, const AreaArguments& c) { show(s, c.which); });
    add_settings(*command("add", "Add an area", false, [](const Session& s, const AreaArguments& c) { add(s, c); }), *a,
                 true);
    add_settings(*command("edit", "Change an area; what is not given stays", true,
                          [](const Session& s, const AreaArguments& c) { edit(s, c); }),
                 *a, false);
    command("remove", "Remove an area no camera is in", true, [](const Session& s, const AreaArguments& c) {
        remove(s, c);
    })->add_flag("--yes", a->yes, "Do not ask");
}

}  // namespace gatehouse::ctl
