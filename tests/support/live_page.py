"""The page with live pictures in a real Chromium: reads the clock that the simulated cameras draw from the canvas of each."""
import os
import pathlib
import time

import processes

OLDEST_MS = 15_000
DECODER = (pathlib.Path(os.environ["GATEHOUSE_SOURCE_DIR"]) / "tests/support/simcam_blocks.js").read_text()

READ_CLOCKS = DECODER + """
const clocks = {};
for (const video of document.querySelectorAll("video.picture")) {
  const id = video.dataset.cameraId;
  if (!video.videoWidth) { clocks[id] = null; continue; }
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const clock = decodeClockBlocks(context.getImageData(0, 0, canvas.width, canvas.height));
  clocks[id] = clock && { camera: clock.camera, age: Date.now() - clock.utcMs, utc: clock.utcMs };
}
return clocks;
"""


class Page:
    """The page in Chromium, with a mark that a reload would wipe out."""

    def __init__(self, driver, url, number_of):
        self.driver, self.number_of = driver, number_of
        driver.get(url)
        driver.execute_script("window.notReloaded = true;")

    def clocks(self):
        return {int(k): v for k, v in self.driver.execute_script(READ_CLOCKS).items() if k}

    def healthy(self, since_utc_ms=0):
        """Every camera's clock: the right number, younger than 15 s and made after `since_utc_ms`; else None."""
        clocks = self.clocks()
        for camera_id, number in self.number_of.items():
            clock = clocks.get(camera_id)
            if not clock or clock["camera"] != number or clock["age"] > OLDEST_MS or clock["utc"] <= since_utc_ms:
                return None
        return clocks

    def assert_pictures_come(self, what, seconds, since_utc_ms=0):
        deadline = time.monotonic() + seconds
        while True:
            clocks = self.healthy(since_utc_ms)
            if clocks:
                break
            if time.monotonic() > deadline:
                self.driver.save_screenshot(os.path.join(os.environ["GATEHOUSE_BUILD_DIR"], "e2e-live-failure.png"))
                console = [e["message"] for e in self.driver.get_log("browser")][-8:]
                raise AssertionError(f"{what}: not all pictures after {seconds} s: {self.clocks()} console: {console}")
            time.sleep(0.3)
        self.assert_advancing(what, clocks)

    def assert_advancing(self, what, before):
        processes.wait_until(f"{what}: every clock goes on",
                             lambda: (now := self.healthy()) and all(now[c]["utc"] > before[c]["utc"] for c in before), 20, 0.3)
        assert self.driver.execute_script("return window.notReloaded === true"), "the page was reloaded"


def add_cameras(gateway, simcam):
    """Every simulated camera, public; gives their numbers by the ids the page knows."""
    return {gateway.add_camera(name=f"Camera {c['number']}", private_rtsp_url=c["main"])["id"]: c["number"] for c in simcam.cameras}


def now_ms():
    return int(time.time() * 1000)
