// A part of the page's code that failed to load may never load in this page: browsers keep a failed import() until the
// page goes (whatwg/html#6768, changed in 2026), and after an upgrade its file has another name. A reload mends both.

const kKey = "gatehouse.renewed_ms";
const kTimeoutMs = 8_000;
/** A page that a reload does not mend must stay readable. */
export const kRenewAtMostEveryMs = 60_000;

/** What a renewal needs of the browser. */
export interface Tab {
  /** By the wall clock, since it is compared across reloads. */
  now_ms(): number;
  /** Outlives a reload. Throws where storage is forbidden. */
  storage(): Pick<Storage, "getItem" | "setItem">;
  /** Whether the gateway serves this page now; rejects when it cannot be reached. */
  page_is_served(): Promise<boolean>;
  reload(): void;
}

/** @param last what the last renewal left in the storage; a time far in the future is a clock that was set back */
export function may_renew(last: string | null, now_ms: number): boolean {
  return last === null || !(Math.abs(now_ms - Number(last)) < kRenewAtMostEveryMs);
}

/** Reloads the page, never twice within a minute and only while the gateway serves it. */
export class PageRenewal {
  private asking = false;

  constructor(private readonly tab: Tab) {}

  /** Never rejects. A call while an earlier one is still asking the gateway does nothing. */
  async attempt(): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    try {
      if (this.is_due() && (await this.tab.page_is_served()) && this.remember()) {
        this.tab.reload();
      }
    } catch {
      // The gateway is away, or the reload could not be remembered and would be repeated without end: the page stays.
    } finally {
      this.asking = false;
    }
  }

  private is_due(): boolean {
    return may_renew(this.tab.storage().getItem(kKey), this.tab.now_ms());
  }

  private remember(): boolean {
    const storage = this.tab.storage();
    const value = String(this.tab.now_ms());
    storage.setItem(kKey, value);
    return storage.getItem(kKey) === value;
  }
}

/** A page of somebody else (a proxy's, a gateway's without console) would never come back to this one. */
async function page_is_served(): Promise<boolean> {
  const request = new AbortController();
  const timeout = setTimeout(() => request.abort(), kTimeoutMs);
  try {
    const response = await fetch(location.pathname, { cache: "no-store", signal: request.signal });
    return response.ok && (await response.text()).includes('id="app"');
  } finally {
    clearTimeout(timeout);
  }
}

export const kThisTab: Tab = {
  now_ms: () => Date.now(),
  storage: () => sessionStorage,
  page_is_served,
  reload: () => location.reload(),
};
