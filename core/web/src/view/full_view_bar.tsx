import type { Camera, LiveCamera } from "../api/types";
import { use_messages } from "../i18n/context";
import { codec_name } from "../model/codec";
import type { TileState } from "../model/tile_state";
import { Icon } from "./icon";
import type { Neighbours } from "./navigation";
import type { StatusText } from "./status_text";

interface Props {
  camera: Camera;
  live: LiveCamera;
  state: TileState;
  text: StatusText;
  around: Neighbours;
  muted: boolean;
  on_mute: (muted: boolean) => void;
  on_replace: (id: number) => void;
  on_close: () => void;
}

function technical(live: LiveCamera): string {
  const size = live.width !== null && live.height !== null ? `${live.width}×${live.height}` : "";
  const codec = live.video_codec !== null ? codec_name(live.video_codec) : "";
  return [size, codec].filter((part) => part !== "").join(" · ");
}

function toggle_fullscreen(): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  change.catch(() => undefined); // Refused by the browser: the window stays as it is.
}

/** Name and state of the open camera, and what can be done with its picture. */
export function FullViewBar({ camera, live, state, text, around, muted, on_mute, on_replace, on_close }: Props) {
  const messages = use_messages();
  const { previous, next } = around;
  const place = [camera.area_name, camera.location].filter((part) => part !== "").join(" · ");
  return (
    <div class="bar">
      <button type="button" class="tool close" title={`${messages.close} (Esc)`} aria-label={messages.close} onClick={on_close}>
        <Icon name="close" />
      </button>
      <div class="bar-text">
        <h2 class="name">{camera.name}</h2>
        {place !== "" && <p class="place">{place}</p>}
      </div>
      <p class="bar-state">
        <span class="mark" />
        {text.title}
        {technical(live) !== "" && state === "live" && <span class="technical">{technical(live)}</span>}
      </p>
      {live.audio_codec !== null && (
        <button
          type="button"
          class="tool"
          title={muted ? messages.sound_on : messages.sound_off}
          aria-label={muted ? messages.sound_on : messages.sound_off}
          onClick={() => on_mute(!muted)}
        >
          <Icon name={muted ? "mute" : "sound"} />
        </button>
      )}
      {document.fullscreenEnabled && (
        <button type="button" class="tool" title={messages.fullscreen} aria-label={messages.fullscreen} onClick={toggle_fullscreen}>
          <Icon name="expand" />
        </button>
      )}
      {previous !== null && (
        <button type="button" class="tool" title={messages.previous_camera} aria-label={messages.previous_camera} onClick={() => on_replace(previous)}>
          <Icon name="left" />
        </button>
      )}
      {next !== null && (
        <button type="button" class="tool" title={messages.next_camera} aria-label={messages.next_camera} onClick={() => on_replace(next)}>
          <Icon name="right" />
        </button>
      )}
    </div>
  );
}
