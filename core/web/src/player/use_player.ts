import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import type { Rendition } from "./engine";
import type { Phase } from "./machine";
import { Player } from "./player";
import { keep_still } from "./still";

export interface PlayerInput {
  /** Null when there is nothing to play. */
  url: string | null;
  active: boolean;
  rendition: Rendition;
  /** False when the gateway says that the camera gives nothing now. */
  source_live: boolean;
  video_codec: string | null;
}

export interface PlayerView {
  video: RefObject<HTMLVideoElement>;
  still: RefObject<HTMLCanvasElement>;
  phase: Phase;
  /** Whether the canvas holds the last frame of a picture that is away or stands still. */
  has_still: boolean;
  /** Starts again where the browser asked for a gesture. */
  start: () => void;
}

/** Gives a <video> its player while `active`, and keeps the last frame on the canvas whenever the picture is away or stands still. */
export function use_player(input: PlayerInput): PlayerView {
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const player = useRef<Player>();
  const [phase, set_phase] = useState<Phase>("idle");
  const [has_still, set_has_still] = useState(false);
  const { url, active, rendition, source_live, video_codec } = input;

  useEffect(() => {
    if (!active || url === null || !video.current) {
      return;
    }
    const keep = (): boolean => video.current !== null && still.current !== null && keep_still(video.current, still.current);
    const made = new Player({
      video: video.current,
      url,
      rendition,
      on_phase: set_phase,
      on_before_cut: () => {
        if (keep()) {
          set_has_still(true);
        }
      },
      // Without a frame to draw, the video itself shows the newest there is; an older still must not lie over it.
      on_stand_still: () => set_has_still(keep()),
    });
    player.current = made;
    made.start();
    return () => {
      player.current = undefined;
      made.destroy();
    };
  }, [active, url, rendition]);

  useEffect(() => player.current?.set_source_live(source_live), [source_live, active, url]);

  const known_codec = useRef(video_codec);
  useEffect(() => {
    if (video_codec !== null) {
      if (known_codec.current !== null && known_codec.current !== video_codec) {
        player.current?.source_changed();
      }
      known_codec.current = video_codec;
    }
  }, [video_codec]);

  return { video, still, phase, has_still, start: () => player.current?.start() };
}
