// The answers of the gateway as far as this screen reads them.

/** One camera of `GET /api/stream`. */
export interface Camera {
  id: number;
  name: string;
  description: string;
  location: string;
  area_id: number | null;
  area_name: string;
  thumbnail_path: string | null;
  /** Master playlist, a path on this origin; null when the gateway serves no HLS. */
  hls: string | null;
}

export type SourceState = "live" | "connecting" | "offline" | "disabled" | "unknown";

/** What the engine knows of one camera, from `GET /api/live`. */
export interface LiveCamera {
  id: number;
  state: SourceState;
  /** Milliseconds since 1970; null when the gateway does not know. */
  since_ms: number | null;
  cause: string | null;
  video_codec: string | null;
  audio_codec: string | null;
  width: number | null;
  height: number | null;
  has_sub: boolean;
}

export interface LiveReport {
  engine: string | null;
  cameras: ReadonlyMap<number, LiveCamera>;
}
