// Tells a camera that gives nothing new from a player that stands still.

const kUnchangedLoads = 2;
const kLoadIsFreshMs = 15_000;

/** Watches the end of a playlist from one load to the next. */
export class PlaylistWatch {
  private end = "";
  private unchanged_loads = 0;
  private loaded_ms = -Infinity;

  /** @param end whatever names the newest segment; any change, also backwards, is news */
  loaded(end: string, now_ms: number): void {
    this.unchanged_loads = end === this.end ? this.unchanged_loads + 1 : 0;
    this.end = end;
    this.loaded_ms = now_ms;
  }

  /** True while the playlist loads again and again and always ends with the same segment. */
  is_starved(now_ms: number): boolean {
    return this.unchanged_loads >= kUnchangedLoads && now_ms - this.loaded_ms <= kLoadIsFreshMs;
  }
}
