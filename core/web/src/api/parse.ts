// Reads the gateway's JSON into our types. A field that is missing or of another type becomes its neutral value,
// an entry without an id is left out, anything else throws: a half-understood answer must not blank the wall.

import type { Camera, LiveCamera, LiveReport, SourceState } from "./types";

type Fields = Record<string, unknown>;

const kStates: readonly SourceState[] = ["live", "connecting", "offline", "disabled", "unknown"];

function is_object(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function text_or_null(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number_or_null(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function time_ms(value: unknown): number | null {
  const parsed = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** Only a path on this origin is played: "//host/x" and "http://host/x" would leave it. */
function own_path(value: unknown): string | null {
  return typeof value === "string" && /^\/(?!\/)/.test(value) ? value : null;
}

function data_of(answer: unknown): unknown {
  if (!is_object(answer) || answer["success"] !== true) {
    throw new Error(is_object(answer) ? text(answer["message"]) : "not an object");
  }
  return answer["data"];
}

function entries(list: unknown): Array<Fields & { id: number }> {
  if (!Array.isArray(list)) {
    throw new Error("not a list");
  }
  return list.filter((entry): entry is Fields & { id: number } => is_object(entry) && number_or_null(entry["id"]) !== null);
}

function camera(entry: Fields & { id: number }): Camera {
  const streams = is_object(entry["streams"]) ? entry["streams"] : {};
  return {
    id: entry.id,
    name: text(entry["name"]) || `#${entry.id}`,
    description: text(entry["description"]),
    location: text(entry["location"]),
    area_id: number_or_null(entry["area_id"]),
    area_name: text(entry["area_name"]),
    thumbnail_path: own_path(entry["thumbnail_path"]),
    hls: own_path(streams["hls"]),
  };
}

function live_camera(entry: Fields & { id: number }): LiveCamera {
  return {
    id: entry.id,
    state: kStates.find((state) => state === entry["state"]) ?? "unknown",
    since_ms: time_ms(entry["since"]),
    cause: text_or_null(entry["cause"]),
    video_codec: text_or_null(entry["video_codec"]),
    audio_codec: text_or_null(entry["audio_codec"]),
    width: number_or_null(entry["width"]),
    height: number_or_null(entry["height"]),
    has_sub: entry["has_sub"] === true,
  };
}

export function parse_cameras(answer: unknown): Camera[] {
  return entries(data_of(answer)).map(camera);
}

export function parse_live(answer: unknown): LiveReport {
  const data = data_of(answer);
  if (!is_object(data)) {
    throw new Error("not an object");
  }
  return {
    engine: text_or_null(data["engine"]),
    cameras: new Map(entries(data["cameras"]).map((entry) => [entry.id, live_camera(entry)])),
  };
}
