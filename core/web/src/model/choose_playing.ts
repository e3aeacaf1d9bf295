/**
 * Which tiles play: those in sight, at most `limit` of them; a tapped one first, then the ones seen whole, then by order.
 * @param seen share of each tile that is in sight, 0..1
 * @param tapped ids a person asked for, the latest last
 */
export function choose_playing(order: readonly number[], seen: ReadonlyMap<number, number>, limit: number, tapped: readonly number[]): Set<number> {
  const share = (id: number): number => seen.get(id) ?? 0;
  const rank = (id: number): number => (tapped.includes(id) ? 2 + tapped.indexOf(id) : share(id) > 0.6 ? 1 : 0);
  const in_sight = order.filter((id) => share(id) > 0);
  if (in_sight.length <= limit) {
    return new Set(in_sight);
  }
  const place = new Map(order.map((id, index) => [id, index]));
  in_sight.sort((a, b) => rank(b) - rank(a) || (place.get(a) ?? 0) - (place.get(b) ?? 0));
  return new Set(in_sight.slice(0, limit));
}
