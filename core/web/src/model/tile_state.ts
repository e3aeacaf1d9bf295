import type { LiveCamera, SourceState } from "../api/types";
import type { Phase } from "../player/machine";

export type TileState = "live" | "connecting" | "offline" | "unplayable" | "disabled" | "paused";

export interface TileFacts {
  source: SourceState;
  phase: Phase;
  /** Whether this tile is wanted to play now. */
  active: boolean;
  /** Whether the gateway offers a stream for this camera at all. */
  has_stream: boolean;
  /** Whether the browser can decode the codec the camera is known to send. */
  playable: boolean;
}

/** What one tile says. The gateway's word on the camera goes before what the player sees. */
export function tile_state(facts: TileFacts): TileState {
  if (facts.source === "disabled") {
    return "disabled";
  }
  if (facts.source === "offline" || !facts.has_stream) {
    return "offline";
  }
  if (!facts.playable || facts.phase === "unplayable") {
    return "unplayable";
  }
  if (!facts.active || facts.phase === "blocked") {
    return "paused";
  }
  return facts.phase === "playing" ? "live" : "connecting";
}

/** What is known of a camera the engine does not report. */
export function unknown_live(id: number): LiveCamera {
  return {
    id,
    state: "unknown",
    since_ms: null,
    cause: null,
    video_codec: null,
    audio_codec: null,
    width: null,
    height: null,
    has_sub: false,
  };
}
