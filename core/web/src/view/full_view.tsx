import { useEffect, useRef, useState } from "preact/hooks";
import type { Camera, LiveCamera } from "../api/types";
import { use_messages } from "../i18n/context";
import { FullViewBar } from "./full_view_bar";
import { Icon } from "./icon";
import type { Neighbours } from "./navigation";
import { Picture } from "./picture";
import { Status } from "./status";
import { use_camera } from "./use_camera";
import { use_dialog } from "./use_dialog";
import { use_page_shown } from "./use_page_shown";

interface Props {
  /** Undefined when the address names a camera that is not there. */
  camera: Camera | undefined;
  live: LiveCamera;
  around: Neighbours;
  on_replace: (id: number) => void;
  on_close: () => void;
}

/** One camera over the whole window. Escape closes, the arrow keys go to its neighbours. */
export function FullView({ camera, live, around, on_replace, on_close }: Props) {
  const messages = use_messages();
  const dialog = useRef<HTMLDivElement>(null);
  use_dialog(dialog, {
    Escape: on_close,
    ArrowLeft: () => around.previous !== null && on_replace(around.previous),
    ArrowRight: () => around.next !== null && on_replace(around.next),
  });
  return (
    <div class="full-view" ref={dialog} role="dialog" aria-modal="true" aria-label={camera?.name ?? messages.cameras} tabIndex={-1}>
      {camera ? (
        <FullPicture camera={camera} live={live} around={around} on_replace={on_replace} on_close={on_close} />
      ) : (
        <section class="notice">
          <h2>{messages.camera_not_found}</h2>
          <button type="button" onClick={on_close}>
            {messages.back_to_cameras}
          </button>
        </section>
      )}
    </div>
  );
}

function FullPicture({ camera, live, around, on_replace, on_close }: Props & { camera: Camera }) {
  const shown = use_page_shown();
  const [muted, set_muted] = useState(true);
  const { player, state, text } = use_camera(camera, live, shown, "large");

  // The attribute alone does not follow later changes.
  useEffect(() => {
    if (player.video.current) {
      player.video.current.muted = muted;
    }
  }, [muted, player.video]);

  return (
    <div class="full-picture" data-state={state} data-camera={camera.id}>
      <Picture camera_id={camera.id} player={player} muted={muted} thumbnail={null} />
      {state === "paused" ? (
        <div class="status">
          <button type="button" class="status-box play" onClick={player.start}>
            <Icon name="paused" />
            {text.detail}
          </button>
        </div>
      ) : (
        <Status state={state} text={text} />
      )}
      <FullViewBar
        camera={camera}
        live={live}
        state={state}
        text={text}
        around={around}
        muted={muted}
        on_mute={set_muted}
        on_replace={on_replace}
        on_close={on_close}
      />
    </div>
  );
}
