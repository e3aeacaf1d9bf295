// How large the tiles are: a wall that fits the window when it can be read, else columns that scroll.

const kAspect = 16 / 9;
const kSmallestOnAWallPx = 220;
const kComfortablePx = 300;
const kPhonePx = 640;

export interface Layout {
  columns: number;
  /** Widest a tile may grow. */
  tile_px: number;
}

/**
 * @param count tiles to place
 * @param width,height room for the grid, pixels
 */
export function grid_layout(count: number, width: number, height: number, gap: number): Layout {
  const wall = best_fit(Math.max(1, count), width, height, gap);
  if (width >= kPhonePx && wall.tile_px >= kSmallestOnAWallPx) {
    return wall;
  }
  const columns = Math.max(1, Math.floor((width + gap) / (kComfortablePx + gap)));
  return { columns, tile_px: Math.floor((width - gap * (columns - 1)) / columns) };
}

function best_fit(count: number, width: number, height: number, gap: number): Layout {
  let best: Layout = { columns: 1, tile_px: 0 };
  for (let columns = 1; columns <= count; ++columns) {
    const rows = Math.ceil(count / columns);
    const by_width = (width - gap * (columns - 1)) / columns;
    const by_height = ((height - gap * (rows - 1)) / rows) * kAspect;
    const tile_px = Math.floor(Math.min(by_width, by_height));
    if (tile_px > best.tile_px) {
      best = { columns, tile_px };
    }
  }
  return best;
}
