import { useEffect, useRef, useState } from "preact/hooks";
import { camera_of_hash, hash_of_camera } from "../model/route";

export interface Route {
  /** The camera in full view; null for the grid. */
  open_id: number | null;
  /** Another camera in place of the open one: "back" still leads to the grid. */
  replace: (id: number) => void;
  close: () => void;
}

/** Follows the address. A camera opened from the grid is a step in the browser's history, so that "back" closes it. */
export function use_route(): Route {
  const [open_id, set_open_id] = useState(() => camera_of_hash(location.hash));
  // A page opened at a camera has no grid behind it: there "back" would leave the gateway.
  const grid_behind = useRef(false);

  useEffect(() => {
    const follow = (event: HashChangeEvent): void => {
      const now = camera_of_hash(location.hash);
      const before = camera_of_hash(new URL(event.oldURL).hash);
      grid_behind.current = now !== null && (before === null || grid_behind.current);
      set_open_id(now);
    };
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  return {
    open_id,
    replace: (id) => location.replace(hash_of_camera(id)),
    close: () => (grid_behind.current ? history.back() : location.replace("#/")),
  };
}
