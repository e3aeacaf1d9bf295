"""Every test runs on the stand-in, and on the real MediaMTX when `mediamtx` is on PATH."""
import contextlib
import os

import pytest

import mediamtx
from mediamtx import MediaMtx
from simcam import SimCam

REAL_MISSING = pytest.mark.skipif("real" not in mediamtx.kinds(), reason="no `mediamtx` on PATH: the real MediaMTX is not compared")
KINDS = ["stand-in", pytest.param("real", marks=REAL_MISSING)]


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(autouse=True)
def tell(request):
    """Says in the output of a failed test what it ran on."""
    kind = request.getfixturevalue("kind") if "kind" in request.fixturenames else "stand-in"
    print(f"ran on: MediaMTX ({kind})")


class StandInCameras:
    """Camera n of the stand-in: any source URL, told by commands."""

    def __init__(self):
        self._engines = []
        self.commands = [f"camera {self.source(3)} media h264-aac", f"camera {self.source(4)} media h265"]

    def source(self, number):
        return f"rtsp://127.0.0.1:1/cam{number}"

    def tell(self, number, what):
        for engine in self._engines:
            engine.control(f"camera {self.source(number)} {what}")

    @contextlib.contextmanager
    def serving(self, engine):
        self._engines.append(engine)
        yield
        self._engines.remove(engine)


class SimCameras:
    """The same on gatehouse-simcam."""

    COMMANDS = {"up": "normal", "down": "refuse", "reset": "reset", "hang": "hang", "rtcp-only": "silent", "unauthorized": "unauthorized"}

    def __init__(self, cams):
        self._cams = cams

    def source(self, number):
        return self._cams.main(number)

    commands = ()

    def serving(self, engine):
        return contextlib.nullcontext()

    def tell(self, number, what):
        self._cams.command(f"cam {number} {self.COMMANDS[what]}")


@pytest.fixture(scope="session")
def cameras(kind):
    """1 and 2: H.264 without sound; 3: with AAC; 4: H.265. A keyframe each second."""
    if kind == "stand-in":
        yield StandInCameras()
    else:
        with SimCam(cameras=4, every="gop=1,source=blocks", cam={3: "audio=aac", 4: "codec=h265,source=encoder"}) as cams:
            yield SimCameras(cams)


@pytest.fixture(scope="session")
def start(kind, cameras):
    """start(config, paths): a context with an engine. `live`: its sources may be those of `cameras`, else there is nobody anywhere.
    `hasty`: the stand-in does not wait as long as the real one before it tries a camera again or answers a refused viewer."""
    @contextlib.contextmanager
    def starter(config=None, paths=None, live=True, hasty=True):
        commands = [*cameras.commands, *(("option retry 1", "option auth-pause 0.3") if hasty else ())]
        with MediaMtx(kind, config=config, paths=paths, cameras="up" if live else "auto", commands=commands) as engine:
            with cameras.serving(engine):
                yield engine
    return starter


@pytest.fixture(scope="session", autouse=True)
def no_environment():
    """MTX_* variables would change the real one's configuration."""
    for name in [name for name in os.environ if name.startswith(("MTX_", "RTSP_"))]:
        del os.environ[name]
