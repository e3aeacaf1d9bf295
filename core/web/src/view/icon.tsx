import type { TileState } from "../model/tile_state";

const kPaths: Record<TileState | "close" | "left" | "right" | "sound" | "mute" | "expand" | "search", string> = {
  live: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
  connecting: "M12 4a8 8 0 1 1-8 8",
  offline: "M4 4l16 16M9.5 5.5H15a2 2 0 0 1 2 2v2l4-2v9M17 17a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2v-9c0-.6.2-1 .6-1.4",
  unplayable: "M12 3.500L22 20H2zM12 10v4.500M12 17.200v.3",
  disabled: "M12 3v8M7 6.200a8 8 0 1 0 10 0",
  paused: "M8 5.500v13l11-6.500z",
  close: "M5 5l14 14M19 5L5 19",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  sound: "M4 9.500h3.500L12 5.500v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  mute: "M4 9.500h3.500L12 5.500v13l-4.5-4H4zM16 9.500l5 5M21 9.500l-5 5",
  expand: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.500L20 20",
};

/** One line drawing of 24 units, in the colour of the text. */
export function Icon({ name }: { name: keyof typeof kPaths }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={kPaths[name]} />
    </svg>
  );
}
