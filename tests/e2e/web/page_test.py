"""The first screen in a real browser, against a stand-in gateway with real video."""

import json
import os
import pathlib
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from page_browser import chromium
from fake_gateway import FakeGateway, camera, utc
from loop_hls import LoopHls, encode

WEB_ROOT = pathlib.Path(os.environ["GATEHOUSE_BUILD_DIR"]) / "web"
SCRIPT_BUDGET_BYTES = 150_000
KEYS = {"Enter": Keys.ENTER, "Escape": Keys.ESCAPE, "Right": Keys.ARROW_RIGHT, "Left": Keys.ARROW_LEFT, "Home": Keys.HOME}


@pytest.fixture(scope="module")
def loop_directories(tmp_path_factory):
    """Two renditions of one loop, encoded once."""
    root = tmp_path_factory.mktemp("hls")
    encode(root / "main", "testsrc2", 640, 360)
    encode(root / "sub", "testsrc2", 320, 180)
    return {"main": (root / "main", 640, 360), "sub": (root / "sub", 320, 180)}


@pytest.fixture
def gateway_of(loop_directories):
    """Makes a gateway with the given cameras, all of which play the loop."""
    made = []

    def make(cameras):
        made.append(FakeGateway(WEB_ROOT, cameras, {"*": LoopHls(loop_directories)}))
        return made[-1]

    yield make
    for gateway in made:
        gateway.close()


class Page:
    """What a person sees and does."""

    def __init__(self, driver, gateway):
        self.driver = driver
        self.gateway = gateway
        driver.get(gateway.origin + "/")
        # A reload would forget it.
        driver.execute_script("window.never_reloaded = true")

    def js(self, script, *values):
        return self.driver.execute_script(script, *values)

    def until(self, what, condition, deadline_s=30):
        end = time.monotonic() + deadline_s
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < end, f"{what}: not within {deadline_s} s; tiles {self.states()}; page says {self.text()!r}"
            time.sleep(0.1)

    def text(self):
        return self.js("return document.body.innerText")

    def states(self):
        return {int(key): value for key, value in self.js(
            "return Object.fromEntries([...document.querySelectorAll('.tile')].map(t => [t.dataset.tile, t.dataset.state]))").items()}

    def tile(self, number):
        return self.driver.find_element(By.CSS_SELECTOR, f'[data-tile="{number}"]')

    def press(self, key):
        """Presses a key wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(KEYS.get(key, key))

    def focused_tile(self):
        return self.js("return document.activeElement.dataset.tile ?? null")

    def full_view_state(self):
        return self.js("return document.querySelector('.full-picture')?.dataset.state ?? null")

    def frames(self, number):
        """Frames decoded so far; a new decoder may begin at 0 again."""
        return self.js("return document.querySelector(`video.picture[data-camera-id='${arguments[0]}']`).getVideoPlaybackQuality().totalVideoFrames", number)

    def is_advancing(self, number):
        """Whether the picture itself changes, seen through a canvas like the eye would."""
        digest = """
            const video = document.querySelector(`video.picture[data-camera-id='${arguments[0]}']`);
            if (video.readyState < 2) return null;
            const canvas = document.createElement('canvas');
            canvas.width = 64; canvas.height = 36;
            const context = canvas.getContext('2d');
            context.drawImage(video, 0, 0, 64, 36);
            return context.getImageData(0, 0, 64, 36).data.join();"""
        first = self.js(digest, number)
        time.sleep(0.4)
        second = self.js(digest, number)
        return first is not None and second is not None and first != second

    def severe_log(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def foreign_requests(self):
        """Requests that left the origin; blob: and data: stay inside the page."""
        urls = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.add(message["params"]["request"]["url"])
        assert any(url.startswith(self.gateway.origin) for url in urls), "the log of requests is empty"
        return [url for url in urls if not url.startswith((self.gateway.origin + "/", "blob:", "data:", "chrome:"))]


THREE = lambda: [  # noqa: E731 - fresh rows for each test
    camera(1, "Front gate", "Gate", "North side"),
    camera(2, "Lobby", "Main building"),
    camera(3, "Server room", "Main building", "Second floor"),
]


def test_three_cameras_play_under_the_policy_with_a_clean_console_and_no_foreign_request(gateway_of):
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway_of(THREE()))
        page.until("all live", lambda: set(page.states().values()) == {"live"})
        for number in (1, 2, 3):
            page.until(f"camera {number} moves", lambda n=number: page.is_advancing(n))
        assert page.js("return [...document.querySelectorAll('video.picture')].every(v => v.muted && v.playsInline)")
        assert page.foreign_requests() == []
        assert page.severe_log() == []


def test_each_state_is_shown_with_its_reason(gateway_of):
    before = time.time()
    cameras = THREE() + [
        camera(4, "Dock", state="offline", since=utc(7200), cause="The camera refused the password"),
        camera(5, "Yard", state="disabled"),
        camera(6, "Hall", video_codec="hvc1.9.9.L999.B0", has_sub=False),
    ]
    since = {time.strftime("%H:%M", time.localtime(at - 7200)) for at in (before, time.time())}  # a minute may have ended between
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway_of(cameras))
        page.until("states", lambda: page.states() == {1: "live", 2: "live", 3: "live", 4: "offline", 5: "disabled", 6: "unplayable"})
        assert any(f"Offline since {minute}\nThe camera refused the password" in page.tile(4).text for minute in since)
        assert "Switched off" in page.tile(5).text
        assert "Cannot be played by this browser" in page.tile(6).text and "H.265" in page.tile(6).text
        assert page.tile(4).accessible_name.startswith("Dock, Offline since")
        assert "5 live" not in page.text() and "1 offline" in page.text()


def test_the_player_finds_out_when_no_rendition_can_be_played_and_when_one_can(gateway_of, loop_directories):
    gateway = gateway_of([camera(1, "Hall", video_codec=None)])
    gateway.streams = {"*": LoopHls(loop_directories, codec="hvc1.9.9.L999.B0")}
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        page.until("unplayable", lambda: page.states() == {1: "unplayable"})
        gateway.streams = {"*": LoopHls(loop_directories)}
        page.until("live", lambda: page.states() == {1: "live"} and page.is_advancing(1), 60)


def test_a_browser_without_media_source_plays_by_itself_and_recovers(gateway_of):
    gateway = gateway_of(THREE())
    with chromium(1366, 768, before_page="delete window.MediaSource; delete window.ManagedMediaSource;") as driver:
        page = Page(driver, gateway)
        if not page.js("return document.createElement('video').canPlayType('application/vnd.apple.mpegurl')"):
            page.until("said so", lambda: set(page.states().values()) == {"unplayable"})
            return
        page.until("all live", lambda: set(page.states().values()) == {"live"})
        page.until("moving", lambda: page.is_advancing(1))
        assert not [path for path in gateway.requests if "hls_engine" in path], "hls.js is not loaded for nothing"
        gateway.failure = 503
        time.sleep(8)  # The outage's own length is what is tested.
        gateway.failure = None
        page.until("moves again", lambda: page.states()[1] == "live" and page.is_advancing(1), 30)
        assert page.js("return window.never_reloaded")


def test_a_camera_that_goes_and_comes_back_is_followed_and_announced(gateway_of):
    gateway = gateway_of(THREE())
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        page.until("live", lambda: page.states().get(2) == "live")
        gateway.set_state(2, "offline", cause="No answer")
        page.until("offline", lambda: page.states()[2] == "offline", 6)
        page.until("it is announced", lambda: page.js("return document.querySelector('[aria-live=polite]').textContent") == "Lobby is offline")
        gateway.set_state(2, "live", cause=None)
        page.until("live again", lambda: page.states()[2] == "live", 6)
        page.until("moving", lambda: page.is_advancing(2))


def test_search_and_area_filter_narrow_the_grid(gateway_of):
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway_of(THREE()))
        page.until("tiles", lambda: len(page.states()) == 3)
        driver.find_element(By.TAG_NAME, "body").send_keys("/")
        search = driver.switch_to.active_element
        assert search.get_attribute("type") == "search"
        search.send_keys("room")
        page.until("one found", lambda: list(page.states()) == [3])
        assert "1 of 3 shown" in page.text()
        search.send_keys(" nowhere")
        page.until("none", lambda: "No camera matches" in page.text())
        driver.find_element(By.CSS_SELECTOR, ".no-match button").click()
        page.until("all", lambda: len(page.states()) == 3)
        driver.find_element(By.XPATH, "//select[@name='area']/option[text()='Main building']").click()
        page.until("area", lambda: list(page.states()) == [2, 3])


def test_the_keyboard_walks_opens_and_closes(gateway_of):
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway_of(THREE()))
        page.until("live", lambda: page.states().get(2) == "live")
        page.js("document.querySelector('.tile').focus()")
        page.press("Right")
        assert page.focused_tile() == "2"
        page.press("Enter")
        page.until("full view plays", lambda: page.full_view_state() == "live")
        assert driver.current_url.endswith("#/camera/2")
        # The first picture of this number is the one of the full view, and it is the large one.
        page.until("large", lambda: page.js("return document.querySelector(\"video.picture[data-camera-id='2']\").videoWidth") == 640)
        assert page.js("return document.querySelector('.page').inert")
        page.press("Right")
        page.until("next camera", lambda: driver.current_url.endswith("#/camera/3"))
        page.press("Escape")
        page.until("closed", lambda: page.full_view_state() is None)
        page.until("the focus is on its tile", lambda: page.focused_tile() == "3")
        page.until("grid plays again", lambda: set(page.states().values()) == {"live"})
        assert page.js("return window.never_reloaded")


def test_the_browsers_back_closes_and_forward_opens(gateway_of):
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway_of(THREE()))
        page.until("tiles", lambda: len(page.states()) == 3)
        page.tile(1).click()
        page.until("open", lambda: page.full_view_state() is not None)
        driver.back()
        page.until("closed", lambda: page.full_view_state() is None)
        driver.forward()
        page.until("open again", lambda: page.full_view_state() is not None)
        driver.find_element(By.CSS_SELECTOR, ".close").click()
        page.until("closed by the button", lambda: page.full_view_state() is None)
        assert page.js("return window.never_reloaded")


def test_an_address_of_a_camera_opens_it_and_closing_shows_the_grid(gateway_of):
    gateway = gateway_of(THREE())
    with chromium(1366, 768) as driver:
        driver.get("about:blank")
        driver.get(gateway.origin + "/#/camera/3")
        page = Page.__new__(Page)
        page.driver, page.gateway = driver, gateway
        page.until("open", lambda: page.full_view_state() == "live")
        page.press("Escape")
        page.until("grid", lambda: page.full_view_state() is None and len(page.states()) == 3)
        driver.get(gateway.origin + "/#/camera/77")
        page.until("not there", lambda: "There is no such camera" in page.text())


def test_the_language_follows_the_browser_and_the_switch_is_remembered(gateway_of):
    gateway = gateway_of([camera(1, "Gerbang", state="offline", cause=None)])
    with chromium(1366, 768, language="id-ID") as driver:
        page = Page(driver, gateway)
        page.until("Indonesian", lambda: "Luring sejak" in page.text())
        assert page.js("return document.documentElement.lang") == "id"
        driver.find_element(By.CSS_SELECTOR, '[data-language="en"]').click()
        page.until("English", lambda: "Offline since" in page.text())
        driver.refresh()
        page.until("still English", lambda: "Offline since" in page.text())
        assert page.js("return document.documentElement.lang") == "en"


def test_an_empty_gateway_says_how_to_add_a_camera_and_shows_it_when_it_is_there(gateway_of):
    gateway = gateway_of([])
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        command = page.until("empty", lambda: page.js("return document.querySelector('.empty .command code')?.textContent.trim()"))
        assert command == ('sudo gatehousectl cameras add --name "Front gate" --url rtsp://192.0.2.10/stream1 '
                           "--user viewer --password-stdin --visibility public")
        assert "asks for the camera's password" in page.text()
        gateway.cameras.append(camera(1, "Front gate"))
        page.until("its picture", lambda: page.states() == {1: "live"}, 25)


def test_a_phone_has_no_horizontal_scroll_and_plays_at_most_four(gateway_of):
    with chromium(360, 740, mobile=True) as driver:
        page = Page(driver, gateway_of([camera(n, f"A camera with quite a long name {n}", "A long name of an area as well") for n in range(1, 13)]))
        page.until("first plays", lambda: page.states().get(1) == "live")
        assert page.js("return document.documentElement.scrollWidth") == 360
        # A small screen of many rows would show more than four at once.
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 360, "height": 2000, "deviceScaleFactor": 1, "mobile": True})
        page.until("four play", lambda: list(page.states().values()).count("live") == 4)
        seen_paused = page.js("""return [...document.querySelectorAll('.tile[data-state=paused]')]
            .find(t => t.getBoundingClientRect().bottom < innerHeight)?.dataset.tile""")
        assert "Tap to play" in page.tile(seen_paused).text
        page.tile(seen_paused).click()
        page.until("the tapped one plays", lambda: page.states()[int(seen_paused)] == "live")
        assert list(page.states().values()).count("live") <= 4
        assert page.full_view_state() is None
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True})
        page.js("document.querySelector('[data-tile=\"12\"]').scrollIntoView()")
        page.until("scrolled into sight", lambda: page.states()[12] == "live")
        page.until("out of sight", lambda: page.states()[1] == "paused")


@pytest.mark.parametrize("status", [404, 503])
def test_the_picture_comes_back_after_an_outage_without_a_reload(gateway_of, status):
    gateway = gateway_of(THREE())
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        page.until("all live", lambda: set(page.states().values()) == {"live"})
        gateway.failure = status
        began = time.monotonic()
        if status == 503:
            page.until("the loss is said", lambda: "Connection to the gateway lost" in page.text(), 8)
        time.sleep(max(0.0, 5 - (time.monotonic() - began)))  # The outage's own length is what is tested.
        gateway.failure = None
        page.until("the banner goes by itself", lambda: "Connection to the gateway lost" not in page.text(), 12)
        for number in (1, 2, 3):
            page.until(f"camera {number} moves again", lambda n=number: page.states()[n] == "live" and page.is_advancing(n), 20)
        assert page.js("return window.never_reloaded")


def test_a_restarted_engine_with_a_new_run_goes_on(gateway_of, loop_directories):
    stream = LoopHls(loop_directories)
    gateway = gateway_of([camera(1, "Front gate")])
    gateway.streams = {"*": stream}
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        page.until("live", lambda: page.states() == {1: "live"})
        stream.restart()
        end = time.monotonic() + 12
        while time.monotonic() < end:
            assert page.states() == {1: "live"} or time.monotonic() < end - 4, "back to live within 8 s"
            time.sleep(0.5)
        assert page.is_advancing(1)


def test_a_camera_that_stands_still_is_not_replayed_and_goes_on_by_itself(gateway_of, loop_directories):
    stream = LoopHls(loop_directories)
    gateway = gateway_of([camera(1, "Front gate")])
    gateway.streams = {"*": stream}
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        page.until("live", lambda: page.states() == {1: "live"})
        stream.freeze()
        page.until("said to stand still", lambda: page.states() == {1: "connecting"}, 15)
        frames = page.frames(1)
        end = time.monotonic() + 16  # Longer than the watchdog waits for a player that hangs.
        while time.monotonic() < end:
            assert page.states() == {1: "connecting"} and page.frames(1) == frames, "old pictures were shown again as live"
            time.sleep(0.25)
        stream.thaw()
        page.until("live again", lambda: page.states() == {1: "live"} and page.is_advancing(1), 8)
        assert page.js("return window.never_reloaded")


def test_a_gateway_that_is_away_when_the_page_asks_first_is_waited_for(gateway_of):
    gateway = gateway_of(THREE())
    gateway.failure = 503
    with chromium(1366, 768) as driver:
        page = Page(driver, gateway)
        page.until("the loss is said", lambda: "Connection to the gateway lost" in page.text(), 8)
        gateway.failure = None
        page.until("all live", lambda: set(page.states().values()) == {"live"} and len(page.states()) == 3)


def test_the_script_before_the_player_is_within_its_budget():
    page = (WEB_ROOT / "index.html").read_text()
    scripts = [file for file in (WEB_ROOT / "assets").glob("*.js") if file.name in page]
    assert scripts, "index.html names no script"
    assert sum((file.parent / (file.name + ".gz")).stat().st_size for file in scripts) <= SCRIPT_BUDGET_BYTES
    player = [file for file in (WEB_ROOT / "assets").glob("*.js") if file.name not in page]
    assert player, "the player is a chunk of its own"


def test_every_text_file_has_its_compressed_variants():
    texts = [file for file in WEB_ROOT.rglob("*") if file.suffix in (".html", ".js", ".css", ".svg", ".webmanifest")]
    assert len(texts) >= 6
    for file in texts:
        for suffix in (".gz", ".br"):
            assert (file.parent / (file.name + suffix)).stat().st_size > 0
