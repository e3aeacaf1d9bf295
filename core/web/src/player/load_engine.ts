import type { EngineFactory } from "./engine";
import { create_native_engine, native_is_supported } from "./native_engine";

function has_media_source(): boolean {
  return "MediaSource" in window || "ManagedMediaSource" in window;
}

/**
 * Chooses hls.js where it runs, else the browser's own HLS, else null. The player's code is loaded on the first call;
 * a load that fails rejects, and the next call tries again.
 */
export async function load_engine(): Promise<EngineFactory | null> {
  if (has_media_source()) {
    const { hls_is_supported, create_hls_engine } = await import("./hls_engine");
    if (hls_is_supported()) {
      return create_hls_engine;
    }
  }
  return native_is_supported() ? create_native_engine : null;
}
