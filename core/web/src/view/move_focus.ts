/** Places to go from tile `from` in a grid of `columns` by one key; null for a key that does not move. */
export function target_of_key(key: string, from: number, columns: number, count: number): number | null {
  const targets: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    Home: 0,
    End: count - 1,
  };
  const target = targets[key];
  return target !== undefined && target >= 0 && target < count && target !== from ? target : null;
}

/** Arrow keys, Home and End move the focus over the tiles of a grid. */
export function move_focus(event: KeyboardEvent & { currentTarget: HTMLElement }, columns: number): void {
  const tiles = [...event.currentTarget.querySelectorAll<HTMLElement>(".tile")];
  const from = tiles.findIndex((tile) => tile === document.activeElement);
  if (from < 0 || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const target = target_of_key(event.key, from, columns, tiles.length);
  if (target !== null) {
    event.preventDefault();
    tiles[target]?.focus();
  }
}
