"""python3 -m mediamtx_stand_in CONFIG.yml"""
import asyncio
import os
import signal
import sys

from .camera import STATES
from .control import Control
from .core import VERSION, Core


async def run(file):
    core = Core(file, os.environ.get("MEDIAMTX_STAND_IN_CAMERAS", "auto"))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, core.stop)
    async with Control(core, os.environ.get("MEDIAMTX_STAND_IN_CONTROL", file + ".control"), os._exit) as control:
        await control.obey(file + ".commands")
        return await core.run()


def main():
    if sys.argv[1:] == ["--version"]:
        print(VERSION)
        return 0
    if len(sys.argv) != 2 or os.environ.get("MEDIAMTX_STAND_IN_CAMERAS", "auto") not in STATES:
        print("usage: mediamtx_stand_in CONFIG.yml", file=sys.stderr)
        return 80
    return asyncio.run(run(sys.argv[1]))


sys.exit(main())
