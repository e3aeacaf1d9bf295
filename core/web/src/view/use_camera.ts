import type { Camera, LiveCamera } from "../api/types";
import { use_language, use_messages } from "../i18n/context";
import { is_playable } from "../model/codec";
import { tile_state, type TileState } from "../model/tile_state";
import type { Rendition } from "../player/engine";
import { use_player, type PlayerView } from "../player/use_player";
import { status_text, type StatusText } from "./status_text";

export interface CameraView {
  player: PlayerView;
  state: TileState;
  text: StatusText;
}

/** A camera's picture with what is to be said of it; the same for a tile and for the full view. */
export function use_camera(camera: Camera, live: LiveCamera, active: boolean, rendition: Rendition): CameraView {
  const messages = use_messages();
  const language = use_language();
  const playable = is_playable(live.video_codec, live.has_sub);
  const player = use_player({
    url: playable && live.state !== "disabled" ? camera.hls : null,
    active,
    rendition,
    source_live: live.state === "live" || live.state === "unknown",
    video_codec: live.video_codec,
  });
  const has_stream = camera.hls !== null;
  const state = tile_state({ source: live.state, phase: player.phase, active, has_stream, playable });
  return { player, state, text: status_text(state, live, has_stream, messages, language) };
}
