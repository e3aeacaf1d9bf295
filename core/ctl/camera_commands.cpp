// gatehousectl cameras ...
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

struct CameraArguments {
    std::string which;
    std::optional<std::string> name, url, user, sub_url, sub_user, description, location, group, area, status,
        visibility, transport, codec;
    std::optional<double> latitude, longitude;
    bool password_stdin = false, sub_password_stdin = false, no_credentials = false, no_sub = false, no_area = false;
    bool enabled = false, disabled = false, tunnel = false, no_tunnel = false, yes = false;
};

// Everything else about a secret can be mended; a command line stays in the process list and in the shell's history.
std::string address(const std::optional<std::string>& given, const char* prompt) {
    if (*given == "-") return read_secret(prompt);
    if (url_has_password(*given))
        throw Failure(
            kUsage,
            "a password on the command line can be read by every user of this machine, so it is not taken.\n"
            "Give the user name with --user and the password with --password-stdin (one line of standard input, or "
            "asked for at the terminal),\nor give the whole address by standard input with --url - .");
    return *given;
}

void put_flag(Poco::JSON::Object& body, const char* field, bool on, bool off) {
    if (on || off) body.set(field, on);
}

// Secrets are read in the order of the help text: address, password, sub address, sub password.
Poco::JSON::Object body_of(const CameraArguments& arguments, const Session& session) {
    Poco::JSON::Object body;
    const auto put = [&](const char* field, const std::optional<std::string>& value) {
        if (value) body.set(field, *value);
    };
    put("name", arguments.name);
    if (arguments.no_credentials) {
        body.set("rtsp_user", Poco::Dynamic::Var());
        body.set("rtsp_password", Poco::Dynamic::Var());
    }
    if (arguments.url) body.set("private_rtsp_url", address(arguments.url, "address"));
    put("rtsp_user", arguments.user);
    if (arguments.password_stdin) body.set("rtsp_password", read_secret("password"));
    if (arguments.no_sub) body.set("sub_rtsp_url", Poco::Dynamic::Var());
    if (arguments.sub_url) body.set("sub_rtsp_url", address(arguments.sub_url, "address of the sub stream"));
    put("sub_rtsp_user", arguments.sub_user);
    if (arguments.sub_password_stdin) body.set("sub_rtsp_password", read_secret("password of the sub stream"));
    put("description", arguments.description);
    put("location", arguments.location);
    put("group_name", arguments.group);
    put("status", arguments.status);
    put("visibility", arguments.visibility);
    put("transport", arguments.transport);
    put("video_codec", arguments.codec);
    if (arguments.latitude) body.set("latitude", *arguments.latitude);
    if (arguments.longitude) body.set("longitude", *arguments.longitude);
    if (arguments.no_area) body.set("area_id", Poco::Dynamic::Var());
    if (arguments.area)
        body.set("area_id", static_cast<Poco::Int64>(session.find_id("/api/areas", "area", *arguments.area)));
    put_flag(body, "enabled", arguments.enabled, arguments.disabled);
    put_flag(body, "is_tunnel", arguments.tunnel, arguments.no_tunnel);
    return body;
}

std::string camera_path(const Session& session, const std::string& which) {
    return "/api/cameras/" + std::to_string(session.find_id("/api/cameras", "camera", which));
}

void list(const Session& session) {
    const Answer answer = session.ask("GET", "/api/cameras");
    if (session.shown_as_json(answer)) return;
    const auto cameras = data_array(answer);
    Table table({"ID", "NAME", "STATE", "VISIBLE TO", "AREA", "ADDRESS", "REMARK"});
    for (std::size_t i = 0; i < cameras->size(); ++i) {
        const auto camera = cameras->getObject(static_cast<unsigned>(i));
        const std::string problem = field_text(camera, "credentials_problem");
        table.add({field_text(camera, "id"), field_text(camera, "name"), field_text(camera, "state"),
                   field_text(camera, "visibility"), field_text(camera, "area_name"),
                   field_text(camera, "private_rtsp_url"),
                   problem.empty() ? field_text(camera, "state_cause") : problem});
    }
    if (table.empty())
        std::cout
            << "There are no cameras yet. Add one with:\n"
               "  gatehousectl cameras add --name Gate --url rtsp://192.0.2.10/stream --user admin --password-stdin\n";
    else
        std::cout << table.text();
}

void show(const Session& session, const std::string& which) {
    const Answer answer = session.ask("GET", camera_path(session, which));
    if (session.shown_as_json(answer)) return;
    const auto camera = data_object(answer);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& name : camera->getNames()) {
        const std::string value = field_text(camera, name);
        if (!value.empty()) pairs.emplace_back(name, value);
    }
    std::cout << aligned_pairs(pairs);
}

void add(const Session& session, const CameraArguments& arguments) {
    const Answer answer = session.ask("POST", "/api/cameras", json_text(body_of(arguments, session)));
    if (session.shown_as_json(answer)) return;
    const auto camera = data_object(answer);
    std::cout << "Camera " << field_text(camera, "id") << " '" << printable(field_text(camera, "name")) << "' added.\n";
    if (!arguments.visibility || *arguments.visibility != "public")
        std::cout << "Only administrators see it until it is public: gatehousectl cameras edit "
                  << field_text(camera, "id") << " --visibility public\n";
}

void edit(const Session& session, const CameraArguments& arguments) {
    const Poco::JSON::Object body = body_of(arguments, session);
    if (body.size() == 0) throw Failure(kUsage, "say what to change; gatehousectl cameras edit --help lists it");
    const Answer answer = session.ask("PUT", camera_path(session, arguments.which), json_text(body));
    if (!session.shown_as_json(answer)) std::cout << printable(field_text(answer.body, "message")) << "\n";
}

void remove(const Session& session, const CameraArguments& arguments) {
    const std::string path = camera_path(session, arguments.which);
    const std::string name = field_text(data_object(session.ask("GET", path)), "name");
    if (!arguments.yes &&
        !confirm("Remove camera '" + printable(name) + "'? Its number and its addresses will not come back."))
        throw Failure(kRefused, "nothing was removed");
    const Answer answer = session.ask("DELETE", path);
    if (!session.shown_as_json(answer)) std::cout << "Camera '" << printable(name) << "' removed.\n";
}

void rotate_key(const Session& session, const std::string& which) {
    const Answer answer = session.ask("POST", camera_path(session, which) + "/rotate-key");
    if (session.shown_as_json(answer)) return;
    std::cout << "New stream key: " << printable(field_text(data_object(answer), "stream_key"))
              << "\nAddresses handed out before no longer work.\n";
}

void add_settings(CLI::App& command, CameraArguments& a, bool creates) {
    auto* name = command.add_option("--name", a.name, "Name, 1 to 100 bytes");
    auto* url = command.add_option(
        "--url", a.url,
        "Address rtsp://host[:port]/path without password; '-' reads it from standard input, password allowed");
    if (creates) {
        name->required();
        url->required();
    }
    command.add_option("--user", a.user, "User name at the camera");
    command.add_flag("--password-stdin", a.password_stdin,
                     "Read the camera's password from one line of standard input");
    command.add_option("--sub-url", a.sub_url, "Address of the smaller sub stream; '-' reads it from standard input");
    command.add_option("--sub-user", a.sub_user, "User name of the sub stream, where it differs");
    command.add_flag("--sub-password-stdin", a.sub_password_stdin, "Read the sub stream's password, after the others");
    command.add_option("--description", a.description, "Up to 500 bytes");
    command.add_option("--location", a.location, "Up to 200 bytes");
    command.add_option("--group", a.group, "Group name, up to 100 bytes");
    command.add_option("--area", a.area, "Area, by number or name");
    command.add_option("--latitude", a.latitude, "Degrees north, -90 to 90");
    command.add_option("--longitude", a.longitude, "Degrees east, -180 to 180");
    command.add_option("--status", a.status, "active, maintenance or offline");
    command.add_option("--visibility", a.visibility, "public, members or area (default: area)");
    command.add_option("--transport", a.transport, "auto, tcp or udp (default: auto)");
    command.add_option("--codec", a.codec, "h264 or h265, as you declare it (default: h264)");
    auto* enabled = command.add_flag("--enabled", a.enabled, "Pull and show it");
    command.add_flag("--disabled", a.disabled, "Neither pull nor show it")->excludes(enabled);
    auto* tunnel = command.add_flag("--tunnel", a.tunnel, "Reached through a tunnel: listed last");
    command.add_flag("--no-tunnel", a.no_tunnel, "Not reached through a tunnel")->excludes(tunnel);
    if (creates) return;
    command.add_flag("--no-credentials", a.no_credentials, "Forget user name and password");
    command.add_flag("--no-sub", a.no_sub, "Forget the sub stream");
    command.add_flag("--no-area", a.no_area, "Take it out of its area");
}

}  // namespace

void add_camera_commands(CLI::App& app, const Session& session) {
    const auto a = std::make_shared<CameraArguments>();
    auto* cameras = app.add_subcommand("cameras", "List, add, change and remove cameras");
    cameras->require_subcommand(1);
    const auto command = [&](const char* name, const char* help, bool names_one, auto run) {
        auto* sub = cameras->add_subcommand(name, help);
        if (names_one) sub->add_option("camera", a->which, "Number, UUID or exact name")->required();
        sub->callback([&session, a, run] { session.choose([&session, a, run] { run(session, *a); }); });
        return sub;
    };
    command("list", "All cameras", false, [](const Session& s, const CameraArguments&) { list(s); });
    command("show", "One camera", true, [](const Session& s, const CameraArguments& c) { show(s, c.which); });
    add_settings(*command("add", "Add a camera", false, [](const Session& s, const CameraArguments& c) { add(s, c); }),
                 *a, true);
    add_settings(*command("edit", "Change a camera; what is not given stays", true,
                          [](const Session& s, const CameraArguments& c) { edit(s, c); }),
                 *a, false);
    command("remove", "Remove a camera", true, [](const Session& s, const CameraArguments& c) {
        remove(s, c);
    })->add_flag("--yes", a->yes, "Do not ask");
    command("rotate-key", "Give a camera's stream a new key", true,
            [](const Session& s, const CameraArguments& c) { rotate_key(s, c.which); });
}

}  // namespace gatehouse::ctl
