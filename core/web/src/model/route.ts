// The address of a screen lives in the hash: "" is the grid, "#/camera/3" the full view of camera 3.

export function camera_of_hash(hash: string): number | null {
  const match = /^#\/camera\/(\d{1,15})$/.exec(hash);
  return match ? Number(match[1]) : null;
}

export function hash_of_camera(id: number): string {
  return `#/camera/${id}`;
}
