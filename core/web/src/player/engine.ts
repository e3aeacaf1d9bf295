import type { Failure } from "./machine";

/** "small" for a tile of the grid, "large" for the full view. */
export type Rendition = "small" | "large";

/** Something that feeds a <video> from a playlist. Made attached and loading; useless after `destroy`. */
export interface Engine {
  /** Go on loading after a network failure. */
  reload(): void;
  /** Rebuild the buffers after a decoder failure. */
  recover_media(): void;
  jump_to_edge(): void;
  /** The playlist is served well but nothing new comes: the camera stands still, and nobody here can mend that. */
  is_starved(): boolean;
  destroy(): void;
}

export interface EngineOptions {
  video: HTMLVideoElement;
  /** Master playlist, a path on this origin. */
  url: string;
  rendition: Rendition;
  /** Whether the camera gives pictures, or may give some once it is asked. */
  source_live: boolean;
  on_failure: (failure: Failure) => void;
}

export type EngineFactory = (options: EngineOptions) => Engine;
