import type { Camera } from "../api/types";

export interface Neighbours {
  previous: number | null;
  next: number | null;
}

/** The cameras before and after one of them, in the order of the grid, around the end. */
export function neighbours(cameras: readonly Camera[], id: number): Neighbours {
  const at = cameras.findIndex((camera) => camera.id === id);
  if (at < 0 || cameras.length < 2) {
    return { previous: null, next: null };
  }
  const id_at = (index: number): number | null => cameras[(index + cameras.length) % cameras.length]?.id ?? null;
  return { previous: id_at(at - 1), next: id_at(at + 1) };
}
