/**
 * A browser has six connections to a host, and the gateway holds a request for a playlist while the camera's first picture is
 * on its way. So of all players of the page only a few may wait there; the others ask to be answered at once and ask again.
 */
export class WaitSlots {
  private readonly holders = new Set<object>();

  constructor(private readonly most: number) {}

  /** Whether `holder` may wait now; then it keeps its place until it gives it back. */
  take(holder: object): boolean {
    if (this.holders.size < this.most) {
      this.holders.add(holder);
    }
    return this.holders.has(holder);
  }

  give_back(holder: object): void {
    this.holders.delete(holder);
  }
}
