import type { Camera } from "../api/types";

export interface Area {
  id: number;
  name: string;
}

/** The areas that have cameras, by name. */
export function areas_of(cameras: readonly Camera[]): Area[] {
  const names = new Map<number, string>();
  for (const camera of cameras) {
    if (camera.area_id !== null && camera.area_name !== "") {
      names.set(camera.area_id, camera.area_name);
    }
  }
  return [...names].map(([id, name]) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name));
}

function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * Cameras of the area (null: all) whose name, place, area or number holds every word of the search.
 * Case and accents do not matter.
 */
export function filter_cameras(cameras: readonly Camera[], search: string, area_id: number | null): Camera[] {
  const words = folded(search).split(/\s+/).filter((word) => word !== "");
  return cameras.filter((camera) => {
    if (area_id !== null && camera.area_id !== area_id) {
      return false;
    }
    const haystack = folded([camera.name, camera.location, camera.description, camera.area_name, `#${camera.id}`].join(" "));
    return words.every((word) => haystack.includes(word));
  });
}
