import { useRef, useState } from "preact/hooks";
import type { Camera, LiveReport, SourceState } from "../api/types";
import { use_messages } from "../i18n/context";
import { choose_playing } from "../model/choose_playing";
import { grid_layout } from "../model/layout";
import { unknown_live } from "../model/tile_state";
import { move_focus } from "./move_focus";
import { Tile } from "./tile";
import { use_media } from "./use_media";
import { use_page_shown } from "./use_page_shown";
import { use_room } from "./use_room";
import { use_sight } from "./use_sight";

const kGapPx = 6;
const kPlayingOnPhone = 4;
const kNothingToPlay: ReadonlyArray<SourceState | undefined> = ["offline", "disabled"];
const kPhone = "(max-width: 640px), (max-height: 480px) and (pointer: coarse)";

interface Props {
  cameras: readonly Camera[];
  live: LiveReport | undefined;
  /** The full view lies over the grid. */
  covered: boolean;
}

export function Grid({ cameras, live, covered }: Props) {
  const messages = use_messages();
  const list = useRef<HTMLUListElement>(null);
  const room = use_room(list);
  const { seen, watch } = use_sight();
  const [tapped, set_tapped] = useState<readonly number[]>([]);
  const on_wanted = useRef((id: number) => set_tapped((old) => [...old.filter((other) => other !== id), id].slice(-kPlayingOnPhone)));
  const phone = use_media(kPhone);
  const shown = use_page_shown();

  const can_play = (id: number): boolean => !kNothingToPlay.includes(live?.cameras.get(id)?.state);
  const order = cameras.map((camera) => camera.id);
  const chosen = choose_playing(order.filter(can_play), seen, phone ? kPlayingOnPhone : Infinity, tapped);
  // One that gives no picture takes nobody's place; its player waits for it all the same.
  const is_active = (id: number): boolean => !covered && shown && (can_play(id) ? chosen.has(id) : (seen.get(id) ?? 0) > 0);
  const layout = grid_layout(cameras.length, room.width, room.height, kGapPx);

  return (
    <ul
      class="grid"
      ref={list}
      role="list"
      aria-label={messages.cameras}
      style={{ "--columns": String(layout.columns), "--tile": `${layout.tile_px}px`, "--gap": `${kGapPx}px` }}
      onKeyDown={(event) => move_focus(event, layout.columns)}
    >
      {cameras.map((camera) => (
        <Tile
          key={camera.id}
          camera={camera}
          live={live?.cameras.get(camera.id) ?? unknown_live(camera.id)}
          active={is_active(camera.id)}
          watch={watch}
          on_wanted={on_wanted.current}
        />
      ))}
    </ul>
  );
}
