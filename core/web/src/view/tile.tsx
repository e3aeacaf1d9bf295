import { memo } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import type { Camera, LiveCamera } from "../api/types";
import { use_messages } from "../i18n/context";
import { hash_of_camera } from "../model/route";
import { Picture } from "./picture";
import { Status } from "./status";
import { use_camera } from "./use_camera";

interface Props {
  camera: Camera;
  live: LiveCamera;
  active: boolean;
  watch: (id: number, element: Element | null) => void;
  /** A paused tile was activated: it wants to play. */
  on_wanted: (id: number) => void;
}

function TileOnce({ camera, live, active, watch, on_wanted }: Props) {
  const messages = use_messages();
  const { player, state, text } = use_camera(camera, live, active, "small");
  const element = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    watch(camera.id, element.current);
    return () => watch(camera.id, null);
  }, [camera.id, watch]);
  const place = camera.area_name || camera.location;

  const activate = (event: MouseEvent): void => {
    if (state === "paused") {
      event.preventDefault();
      on_wanted(camera.id);
      player.start();
    }
  };

  return (
    <li class="cell">
      <a
        class="tile"
        href={hash_of_camera(camera.id)}
        data-tile={camera.id}
        data-state={state}
        aria-label={state === "paused" ? messages.play_camera(camera.name, place) : messages.open_camera(camera.name, place, text.title)}
        ref={element}
        onClick={activate}
      >
        <Picture camera_id={camera.id} player={player} muted thumbnail={camera.thumbnail_path} />
        <Status state={state} text={text} />
        <span class="caption" title={camera.name}>
          <span class="mark" />
          <span class="name">{camera.name}</span>
          {place !== "" && <span class="place">{place}</span>}
        </span>
      </a>
    </li>
  );
}

export const Tile = memo(TileOnce);
