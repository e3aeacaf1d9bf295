// Safari and other browsers that play HLS themselves.

import type { Engine, EngineOptions } from "./engine";

const kType = "application/vnd.apple.mpegurl";

export function native_is_supported(): boolean {
  return document.createElement("video").canPlayType(kType) !== "";
}

export function create_native_engine(options: EngineOptions): Engine {
  const { video, url, on_failure } = options;
  const fail = (): void => on_failure(video.error?.code === MediaError.MEDIA_ERR_DECODE ? "media" : "source");
  const load = (): void => {
    video.src = url;
    video.load();
  };
  video.addEventListener("error", fail);
  load();
  return {
    reload: load,
    recover_media: load,
    jump_to_edge: () => {
      const ranges = video.seekable;
      if (ranges.length > 0) {
        video.currentTime = ranges.end(ranges.length - 1);
      }
    },
    is_starved: () => false, // Not to be seen from outside.
    destroy: () => {
      video.removeEventListener("error", fail);
      video.removeAttribute("src");
      video.load();
    },
  };
}
