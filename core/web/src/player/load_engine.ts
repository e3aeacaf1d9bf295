import type { EngineFactory } from "./engine";
import { create_native_engine, native_is_supported } from "./native_engine";
import { kThisTab, PageRenewal } from "./page_renewal";

type HlsModule = Pick<typeof import("./hls_engine"), "hls_is_supported" | "create_hls_engine">;

const renewal = new PageRenewal(kThisTab);

function has_media_source(): boolean {
  return "MediaSource" in window || "ManagedMediaSource" in window;
}

/**
 * Chooses hls.js where it runs, else the browser's own HLS, else null. The player's code is loaded on the first call;
 * a load that fails rejects, and renews the page where that can help.
 */
export async function load_engine(
  load_hls: () => Promise<HlsModule> = () => import("./hls_engine"),
  renew_page: () => void = () => void renewal.attempt(),
): Promise<EngineFactory | null> {
  if (has_media_source()) {
    const { hls_is_supported, create_hls_engine } = await load_hls().catch((error: unknown) => {
      renew_page();
      throw error;
    });
    if (hls_is_supported()) {
      return create_hls_engine;
    }
  }
  return native_is_supported() ? create_native_engine : null;
}
