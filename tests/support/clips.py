"""Footage for benchmarks: a looped 2 Mbit/s clip served as a camera by a MediaMTX that stands for it."""
import pathlib
import subprocess
import tempfile
import time

import processes

ENCODE = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "main", "-bf", "0", "-g", "50", "-keyint_min", "50",
          "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-b:v", "2000k", "-minrate", "2000k", "-maxrate", "2000k", "-bufsize", "2000k",
          "-x264-params", "nal-hrd=cbr:slices=1:sliced-threads=0:threads=1"]


def clip_2m(path=None):
    """60 s of 1280x720, 25 fps, keyframe each 2 s, 2 Mbit/s CBR, no B-frames; made once."""
    path = pathlib.Path(path or pathlib.Path(tempfile.gettempdir()) / "gatehouse-bench-2m.mp4")
    if not path.exists():
        part = path.with_suffix(".part.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25,noise=alls=12:allf=t", "-t", "60", *ENCODE, str(part)], check=True)
        part.rename(path)
    return path


def rtsp_camera(work, stack, clip=None):
    """URL of a camera that plays the clip for any number of readers."""
    port = processes.free_port()
    conf = work / "source.yml"
    conf.write_text(processes.mediamtx_conf(rtsp=port, paths="  all_others: {}\n", extra="writeQueueSize: 4096\n"))
    stack.start(["mediamtx", str(conf)], work / "source.log")
    processes.wait_port(port)
    stack.start(["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", str(clip_2m(clip)), "-c", "copy", "-f", "rtsp", "-rtsp_transport", "tcp",
                 f"rtsp://127.0.0.1:{port}/cam"], work / "publisher.log")
    time.sleep(2)
    return f"rtsp://127.0.0.1:{port}/cam"
