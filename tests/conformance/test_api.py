"""The Control API without cameras: exact answers, error texts, pages, formats, poison."""
import re

import pytest

from captured import Captured, loaded, same_answer, same_head, same_shape, text
from processes import wait_until

DEAD = "rtsp://127.0.0.1:1/open/h264"
CONFIG = "/v3/config/paths"


@pytest.fixture(scope="module")
def shared(start):
    with start(config={"hlsSegmentDuration": "2s"}, live=False) as engine:
        yield engine


@pytest.fixture
def engine(shared):
    """Has one path, cam1. Lists may be stale, so what an earlier test made can show up late."""
    def others_deleted():
        names = [item["name"] for item in config_list(shared)]
        for name in set(names) - {"cam1"}:
            shared.api("DELETE", f"{CONFIG}/delete/{name}")
        return names

    def only_cam1():
        others_deleted()
        made = replace(shared, "cam1", {"source": DEAD, "sourceOnDemand": True})
        return made.status == 200 and others_deleted() == ["cam1"] and shared.path("cam1")
    wait_until("there is cam1 and nothing else", only_cam1, 10, every=0.01)
    return shared


def config_list(engine):
    return engine.api("GET", f"{CONFIG}/list?itemsPerPage=1000").json["items"]


def replace(engine, name, body, **more):
    return engine.api("POST", f"{CONFIG}/replace/{name}", body, **more)


def settled(engine, name, field, value):
    """A read-back may be stale: 200 means validated, not applied."""
    wait_until(f"{name}.{field} is {value!r}", lambda: engine.api("GET", f"{CONFIG}/get/{name}").json.get(field) == value, 5, every=0.01)


# The captured exchanges whose answer is known to the byte

EXACT = {
    "config-paths-add.200": ("POST", f"{CONFIG}/add/new1", {"source": DEAD, "sourceOnDemand": True}),
    "config-paths-add.duplicate.400": ("POST", f"{CONFIG}/add/cam1", {"source": DEAD}),
    "config-paths-add.no-name": ("POST", f"{CONFIG}/add/", {}),
    "config-paths-delete.200": ("DELETE", f"{CONFIG}/delete/cam1", None),
    "config-paths-delete.missing.404": ("DELETE", f"{CONFIG}/delete/nope", None),
    "config-paths-get.404": ("GET", f"{CONFIG}/get/nope", None),
    "config-paths-get.slash-name": ("GET", f"{CONFIG}/get/a/b", None),
    "config-paths-patch.200": ("PATCH", f"{CONFIG}/patch/cam1", {"maxReaders": 5}),
    "config-paths-patch.missing.404": ("PATCH", f"{CONFIG}/patch/nope", {"maxReaders": 5}),
    "config-paths-replace.200": ("POST", f"{CONFIG}/replace/cam1", {"source": DEAD, "sourceOnDemand": True}),
    "config-paths-replace.new.200": ("POST", f"{CONFIG}/replace/new2", {"source": DEAD, "sourceOnDemand": True}),
    "config-paths-replace.bad-json.400": ("POST", f"{CONFIG}/replace/t", '{"source":'),
    "config-paths-replace.bad-name.400": ("POST", f"{CONFIG}/replace/bad%20name", {}),
    "config-paths-replace.bad-source-url.400": ("POST", f"{CONFIG}/replace/t", {"source": "rtsp://user:p#ss@192.0.2.1/x"}),
    "config-paths-replace.bad-source.400": ("POST", f"{CONFIG}/replace/t", {"source": "foo://192.0.2.1/x"}),
    "config-paths-replace.bad-type.400": ("POST", f"{CONFIG}/replace/t", {"source": 5}),
    "config-paths-replace.empty-body": ("POST", f"{CONFIG}/replace/t", ""),
    "config-paths-replace.ondemand-publisher.400": ("POST", f"{CONFIG}/replace/t", {"sourceOnDemand": True}),
    "config-paths-replace.unknown-field.400": ("POST", f"{CONFIG}/replace/t", {"noSuchField": 1}),
    "config-paths-replace.user-without-password.400": ("POST", f"{CONFIG}/replace/t", {"source": "rtsp://user@192.0.2.1/x"}),
    "disabled-protocol.404": ("GET", "/v3/webrtcsessions/list", None),
    "head-info.404": ("HEAD", "/v3/info", None),
    "paths-get.missing.404": ("GET", "/v3/paths/get/nope", None),
    "paths-list.bad-itemsPerPage-0": ("GET", "/v3/paths/list?itemsPerPage=0", None),
    "paths-list.bad-page-negative": ("GET", "/v3/paths/list?page=-1", None),
    "paths-list.bad-page": ("GET", "/v3/paths/list?page=x", None),
    "wrong-method.404": ("POST", "/v3/paths/list", ""),
}


@pytest.mark.parametrize("name", EXACT)
def test_captured_answer_to_the_byte(engine, name):
    method, path, body = EXACT[name]
    captured = Captured(f"api/{name}")
    same_answer(engine.api(method, path, body), captured)


def test_preflight_is_204_and_a_bare_options_404(engine):
    preflight = engine.api("OPTIONS", "/v3/info", headers={"Origin": "http://x.example", "Access-Control-Request-Method": "GET"})
    same_head(preflight, Captured("api/options-preflight.204"))
    assert engine.api("OPTIONS", "/v3/info").status == 404


# Answers that vary in known places

def test_info(engine):
    answer = engine.api("GET", "/v3/info")
    same_head(answer, Captured("api/info.200"), length_counts=False)
    same_shape(answer.json, loaded("api/info.json"))
    assert answer.json["version"].strip() == "v1.20.1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", answer.json["started"])


def test_effective_path_configuration(engine):
    answer, captured = engine.api("GET", f"{CONFIG}/get/cam1"), Captured("api/config-paths-get.200")
    same_head(answer, captured)
    wanted = {**captured.json, "source": DEAD, "sourceOnDemand": True}
    assert list(answer.json.items()) == list(wanted.items())


def test_path_defaults(engine):
    answer, captured = engine.api("GET", "/v3/config/pathdefaults/get"), Captured("api/config-pathdefaults-get.200")
    same_answer(answer, captured)


def test_global_configuration_shows_the_cdn_secret(engine):
    answer, captured = engine.api("GET", "/v3/config/global/get"), Captured("api/config-global-get.200")
    same_head(answer, captured)
    ours = {"apiAddress", "metricsAddress", "rtspAddress", "hlsAddress", "authMethod", "authHTTPAddress", "authHTTPExclude", "writeQueueSize"}
    assert list(answer.json) == list(captured.json)
    for name in set(captured.json) - ours:
        assert answer.json[name] == captured.json[name], name


def test_list_of_configurations(engine):
    captured = Captured("api/config-paths-list.itemsPerPage1")
    answer = engine.api("GET", f"{CONFIG}/list?itemsPerPage=1")
    same_head(answer, captured)
    same_shape(answer.json, captured.json)
    assert answer.json["itemCount"] == answer.json["pageCount"] == 1


def test_unreachable_and_idle_on_demand_paths_look_the_same(engine):
    replace(engine, "dead", {"source": DEAD})
    replace(engine, "feed", {"source": "publisher"})
    wait_until("both are listed", lambda: engine.path("dead") and engine.path("feed"), 5)
    for name, capture in (("dead", "offline-unreachable"), ("cam1", "ondemand-idle")):
        wanted = {**loaded(f"api/paths-get.{capture}.json"), "name": name, "confName": name}
        assert list(engine.path(name).items()) == list(wanted.items())
    publisher = {**loaded("api/paths-list.publisher-idle.json")["items"][0], "name": "feed", "confName": "feed"}
    assert list(engine.path("feed").items()) == list(publisher.items())


def test_pages(engine):
    for number in range(2, 12):
        replace(engine, f"cam{number}", {"source": DEAD, "sourceOnDemand": True})
    wait_until("11 paths", lambda: engine.api("GET", "/v3/paths/list").json["itemCount"] == 11, 5)
    for page, capture in ((0, "page0"), (1, "page1"), (2, "page-last"), (9, "page-past-end")):
        answer, captured = engine.api("GET", f"/v3/paths/list?itemsPerPage=4&page={page}"), Captured(f"api/paths-list.{capture}")
        same_head(answer, captured, length_counts=False, sized=False)
        assert [i["name"] for i in answer.json["items"]] == [i["name"] for i in captured.json["items"]]
        assert (answer.json["itemCount"], answer.json["pageCount"]) == (11, 3)


def test_no_paths_at_all(engine):
    engine.api("DELETE", f"{CONFIG}/delete/cam1")
    wait_until("no path", lambda: engine.api("GET", "/v3/paths/list").json == loaded("api/paths-list.empty.json"), 5)
    for section in text("metrics/metrics.empty.prom").split("\n\n")[:5]:
        assert section in engine.metrics().text


def test_metrics_of_a_path_that_is_away(engine):
    replace(engine, "cam1", {"source": DEAD})
    wait_until("pulled now", lambda: engine.metrics("?type=paths").text == text("metrics/paths.offline-unreachable.prom"), 5)


@pytest.mark.parametrize("page", ["itemsPerPage=99999999999", "itemsPerPage=1x", "page=99999999999999999999999"])
def test_page_numbers_out_of_range(engine, page):
    number = page.split("=")[1]
    reason = "invalid syntax" if "x" in number else "value out of range"
    answer = engine.api("GET", f"/v3/paths/list?{page}")
    assert (answer.status, answer.json["error"]) == (400, f'strconv.ParseUint: parsing "{number}": {reason}')


@pytest.mark.parametrize("given, shown", [("1h", "1h0m0s"), ("24h", "1d"), ("36h", "1d12h0m0s"), ("90s", "1m30s"), ("0s", ""), ("1.5s", "1.5s")])
def test_durations_come_back_in_go_style(engine, given, shown):
    assert replace(engine, "d", {"source": DEAD, "sourceOnDemand": True, "sourceOnDemandCloseAfter": given}).status == 200
    settled(engine, "d", "sourceOnDemandCloseAfter", shown)


REFUSED = [
    ({"sourceOnDemand": "x"}, "json: cannot unmarshal string into Go value of type bool"),
    ({"maxReaders": "x"}, "json: cannot unmarshal string into Go value of type int"),
    ({"maxReaders": 1.5}, "json: cannot unmarshal number 1.5 into Go value of type int"),
    ({"sourceOnDemandStartTimeout": 5}, "json: cannot unmarshal number into Go value of type string"),
    ({"sourceOnDemandStartTimeout": "5x"}, 'time: unknown unit "x" in duration "5x"'),
    ({"rtspTransport": "foo"}, "invalid transport 'foo'"),
    ({"recordFormat": "avi"}, "invalid record format 'avi'"),
    ({"recordMaxPartSize": "x"}, "byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, G, GiB, or GB"),
    ([], "json: cannot unmarshal array into Go value of type map[string]json.RawMessage"),
    (5, "json: cannot unmarshal number into Go value of type map[string]json.RawMessage"),
    ("{", "unexpected end of JSON input"),
    ('{"source":"x"}x', "invalid character 'x' after top-level value"),
    ({"source": "rtsp://"}, "'rtsp://' is not a valid URL"),
    ({"source": "rtsp://h/x", "runOnDemand": "x"}, "'runOnDemand' and 'runOnUnDemand' can be used only when source is 'publisher'"),
    ({"source": "redirect"}, "source redirect must be filled"),
    ({"record": True, "recordPath": "/x"}, "'recordPath' must contain %path"),
    ({"recordDeleteAfter": "1m"}, "'recordDeleteAfter' cannot be lower than 'recordSegmentDuration'"),
    ({"source": "rtsp://us:p%ss@h/x"}, "'rtsp://us:p%ss@h/x' is not a valid URL"),
    ({"source": "rtsp://us:pa@h:port/x"}, "'rtsp://us:pa@h:port/x' is not a valid URL"),
    ({"source": "rtsp://[::1/x"}, "'rtsp://[::1/x' is not a valid URL"),
]


@pytest.mark.parametrize("body, error", REFUSED, ids=range(len(REFUSED)))
def test_refused_bodies(engine, body, error):
    answer = replace(engine, "t", body)
    assert (answer.status, answer.json) == (400, {"status": "error", "error": error})


@pytest.mark.parametrize("body", ["null", {"source": None}, {"forward": None}, {}])
def test_nothing_given_is_no_error(engine, body):
    assert replace(engine, "t", body).status == 200


@pytest.mark.parametrize("name, error", [
    ("/a", "invalid path name '/a': can't begin with a slash"), ("a/", "invalid path name 'a/': can't end with a slash"),
    ("a/../b", "invalid path name 'a/../b': can't contain dot path segments"), ("~(", "invalid regular expression: (")])
def test_refused_names(engine, name, error):
    answer = replace(engine, name, {})
    assert (answer.status, answer.json["error"]) == (400, error)


def test_slashes_in_names_may_be_escaped(engine):
    assert replace(engine, "a%2Fb", {"source": DEAD, "sourceOnDemand": True}).status == 200
    settled(engine, "a/b", "name", "a/b")
    assert engine.api("GET", f"{CONFIG}/get/a%2Fb").json == engine.api("GET", f"{CONFIG}/get/a/b").json
    wait_until("it runs", lambda: engine.path("a%2Fb"), 5)


def test_a_refused_password_is_echoed_in_answer_and_log(engine):
    source = "rtsp://viewer:s3cr#t@192.0.2.1/x"
    assert source in replace(engine, "t", {"source": source}).json["error"]
    wait_until("the log has it too", lambda: source in engine.log, 5)


def test_passwords_of_sources_are_shown_and_those_of_users_are_not(start):
    users = [{"user": "any", "permissions": [{"action": "api"}]}, {"user": "u", "pass": "secret-1", "permissions": [{"action": "read"}]}]
    source = "rtsp://viewer:cam-pass-1@127.0.0.1:1/x"
    with start(config={"authInternalUsers": users}, paths={"p": {"source": source, "sourceOnDemand": True}}, live=False) as engine:
        assert engine.api("GET", f"{CONFIG}/get/p").json["source"] == source
        shown = engine.api("GET", "/v3/config/global/get").json["authInternalUsers"]
        assert [user["pass"] for user in shown] == ["", "<redacted>"]


# Writes

def test_replace_forgets_what_it_does_not_say_and_patch_keeps_it(engine):
    replace(engine, "w", {"source": DEAD, "sourceOnDemand": True, "maxReaders": 7})
    engine.api("PATCH", f"{CONFIG}/patch/w", {"sourceOnDemandCloseAfter": "20s"})
    settled(engine, "w", "sourceOnDemandCloseAfter", "20s")
    assert engine.api("GET", f"{CONFIG}/get/w").json["maxReaders"] == 7
    replace(engine, "w", {"source": DEAD, "sourceOnDemand": True})
    settled(engine, "w", "sourceOnDemandCloseAfter", "10s")
    assert engine.api("GET", f"{CONFIG}/get/w").json["maxReaders"] == 0


def test_an_added_path_runs_and_a_deleted_one_does_not(engine):
    replace(engine, "x", {"source": DEAD})
    wait_until("it runs", lambda: engine.path("x"), 5)
    engine.api("DELETE", f"{CONFIG}/delete/x")
    wait_until("it is gone", lambda: not engine.path("x"), 5)


def poison(engine):
    for name in ("pA", "pB"):
        replace(engine, name, {"source": DEAD, "sourceOnDemand": True})
        settled(engine, name, "source", DEAD)
    answer = engine.api("PATCH", f"{CONFIG}/patch/pA", {"source": "foo://x", "sourceOnDemandCloseAfter": "44s"})
    same_answer(answer, Captured("api/patch-poison/1.patch-bad-source-on-pA.400"))


def test_a_refused_patch_poisons_every_write_and_its_values_come_alive(engine):
    poison(engine)
    good = {"source": DEAD, "sourceOnDemand": True}
    shown = engine.api("GET", f"{CONFIG}/get/pA").json
    captured = Captured("api/patch-poison/2.get-pA-looks-unchanged.200").json
    assert shown == {**captured, "source": DEAD}
    same_answer(replace(engine, "pB", good), Captured("api/patch-poison/3.valid-replace-of-pB.400"))
    same_answer(engine.api("DELETE", f"{CONFIG}/delete/pB"), Captured("api/patch-poison/4.delete-of-pB"))
    for path in ("pathdefaults", "global"):
        assert engine.api("PATCH", f"/v3/config/{path}/patch", {}).json["error"] == "invalid source: 'foo://x'"
    same_answer(engine.api("PATCH", f"{CONFIG}/patch/pA", {"source": DEAD}), Captured("api/patch-poison/5.patch-good-source-on-pA.200"))
    settled(engine, "pA", "sourceOnDemandCloseAfter", "44s")
    same_answer(replace(engine, "pA", good), Captured("api/patch-poison/7.replace-pA.200"))
    settled(engine, "pA", "sourceOnDemandCloseAfter", "10s")


@pytest.mark.parametrize("cure", ["replace", "delete", "reload"])
def test_poison_is_cured(engine, cure):
    poison(engine)
    assert replace(engine, "pB", {}).status == 400
    if cure == "replace":
        assert replace(engine, "pA", {"source": DEAD, "sourceOnDemand": True}).status == 200
    elif cure == "delete":
        assert engine.api("DELETE", f"{CONFIG}/delete/pA").status == 200
    else:
        engine.write_config()
        wait_until("the file is read", lambda: engine.api("GET", f"{CONFIG}/get/pA").status == 404, 10, every=0.02)
    assert replace(engine, "pB", {"source": DEAD, "sourceOnDemand": True}).status == 200


@pytest.mark.parametrize("refused", [("PATCH", "patch/pA", {"noSuchField": 1}), ("PATCH", "patch/pA", "{"),
                                     ("POST", "replace/pA", {"source": "foo://x"})])
def test_other_refusals_do_not_poison(engine, refused):
    replace(engine, "pA", {"source": DEAD, "sourceOnDemand": True})
    method, path, body = refused
    assert engine.api(method, f"{CONFIG}/{path}", body).status == 400
    assert replace(engine, "pB", {"source": DEAD, "sourceOnDemand": True}).status == 200
