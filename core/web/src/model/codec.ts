// Whether this browser can decode what a camera sends, decided by the codec string, never by the browser's name.

interface SourceTest {
  isTypeSupported(type: string): boolean;
}

function media_source(): SourceTest | undefined {
  const scope = globalThis as { ManagedMediaSource?: SourceTest; MediaSource?: SourceTest };
  return scope.ManagedMediaSource ?? scope.MediaSource;
}

function asks_the_browser(type: string): boolean {
  const source = media_source();
  if (source) {
    return source.isTypeSupported(type);
  }
  return document.createElement("video").canPlayType(type) !== "";
}

/**
 * True unless the browser says no.
 * @param codec as in the playlist ("avc1.42c01f", "hvc1.1.6.L93.B0"); null when it is not known yet
 * @param has_sub a second rendition may be of another codec, so that only the player can tell
 */
export function is_playable(codec: string | null, has_sub: boolean, supports: (type: string) => boolean = asks_the_browser): boolean {
  return codec === null || has_sub || supports(`video/mp4; codecs="${codec}"`);
}

/** The name people know: "H.264", "H.265". */
export function codec_name(codec: string): string {
  if (/^avc[13]/.test(codec)) {
    return "H.264";
  }
  return /^(hvc1|hev1)/.test(codec) ? "H.265" : codec;
}
