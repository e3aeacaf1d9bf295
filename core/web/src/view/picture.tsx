import type { PlayerView } from "../player/use_player";

interface Props {
  camera_id: number;
  player: PlayerView;
  muted: boolean;
  thumbnail: string | null;
}

/** The moving picture, and behind it what to show while it does not move: its last frame, else the stored still. */
export function Picture({ camera_id, player, muted, thumbnail }: Props) {
  const moving = player.phase === "playing" || player.phase === "stalled";
  return (
    <div class="picture-box">
      {thumbnail !== null && !player.has_still && !moving && <img class="still" src={thumbnail} alt="" loading="lazy" />}
      <video
        ref={player.video}
        class="picture"
        data-camera-id={camera_id}
        muted={muted}
        autoplay
        playsInline
        disablePictureInPicture
        tabIndex={-1}
        aria-hidden="true"
      />
      <canvas ref={player.still} class="still" data-shown={player.has_still && player.phase !== "playing"} aria-hidden="true" />
    </div>
  );
}
