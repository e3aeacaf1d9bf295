import type { LiveCamera } from "../api/types";
import type { Language, Messages } from "../i18n/messages";
import { codec_name } from "../model/codec";
import { format_since } from "../model/since";
import type { TileState } from "../model/tile_state";

export interface StatusText {
  title: string;
  /** Why, in plain words; "" when there is nothing to add. */
  detail: string;
}

export function status_text(state: TileState, live: LiveCamera, has_stream: boolean, messages: Messages, language: Language): StatusText {
  switch (state) {
    case "live":
      return { title: messages.live, detail: "" };
    case "connecting":
      return { title: messages.connecting, detail: live.state === "connecting" ? (live.cause ?? "") : "" };
    case "offline":
      return {
        title:
          live.state === "offline" && live.since_ms !== null
            ? messages.offline_since(format_since(live.since_ms, Date.now(), language))
            : messages.offline,
        detail: live.cause ?? (has_stream ? "" : messages.no_stream),
      };
    case "unplayable":
      return { title: messages.unplayable, detail: live.video_codec !== null ? messages.unplayable_codec(codec_name(live.video_codec)) : "" };
    case "disabled":
      return { title: messages.disabled, detail: "" };
    case "paused":
      return { title: messages.paused, detail: messages.tap_to_play };
  }
}
