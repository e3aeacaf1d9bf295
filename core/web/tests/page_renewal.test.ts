import assert from "node:assert/strict";
import { test } from "node:test";
import { load_engine } from "../src/player/load_engine";
import { kRenewAtMostEveryMs, may_renew, PageRenewal, type Tab } from "../src/player/page_renewal";

/** A browser tab whose storage outlives its reloads. */
class FakeTab implements Tab {
  clock_ms = 1_700_000_000_000;
  served = async (): Promise<boolean> => true;
  questions = 0;
  reloads = 0;
  kept = new Map<string, string>();

  now_ms(): number {
    return this.clock_ms;
  }

  storage(): Pick<Storage, "getItem" | "setItem"> {
    return { getItem: (key) => this.kept.get(key) ?? null, setItem: (key, value) => void this.kept.set(key, value) };
  }

  page_is_served(): Promise<boolean> {
    this.questions += 1;
    return this.served();
  }

  reload(): void {
    this.reloads += 1;
  }
}

test("a page whose code does not load is reloaded at once, then at most once a minute", async () => {
  const tab = new FakeTab();
  await new PageRenewal(tab).attempt();
  assert.equal(tab.reloads, 1);
  for (tab.clock_ms += 500; tab.reloads === 1; tab.clock_ms += 500) {
    await new PageRenewal(tab).attempt(); // As after a reload: only the storage is left.
  }
  assert.equal(tab.reloads, 2);
  assert.equal(tab.clock_ms - 500 - 1_700_000_000_000, kRenewAtMostEveryMs);
  assert.equal(tab.questions, 2, "nobody is asked in vain");
});

test("a page is not reloaded while the gateway does not serve it", async () => {
  const tab = new FakeTab();
  const renewal = new PageRenewal(tab);
  tab.served = async () => false;
  await renewal.attempt();
  tab.served = async () => Promise.reject(new TypeError("Failed to fetch"));
  await renewal.attempt();
  assert.equal(tab.reloads, 0);
  tab.served = async () => true;
  await renewal.attempt();
  assert.equal(tab.reloads, 1, "and at once when it does");
});

test("a wall of pictures that fail together asks once and reloads once", async () => {
  const tab = new FakeTab();
  const renewal = new PageRenewal(tab);
  await Promise.all(Array.from({ length: 16 }, () => renewal.attempt()));
  assert.deepEqual([tab.questions, tab.reloads], [1, 1]);
});

test("a browser that keeps nothing does not reload for ever", async () => {
  const forbidden = new FakeTab();
  forbidden.storage = () => {
    throw new Error("SecurityError");
  };
  const full = new FakeTab();
  full.storage = () => ({
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  });
  const forgetful = new FakeTab();
  forgetful.storage = () => ({ getItem: () => null, setItem: () => undefined });
  for (const tab of [forbidden, full, forgetful]) {
    await new PageRenewal(tab).attempt();
    assert.equal(tab.reloads, 0);
  }
});

test("neither a clock that was set back nor rubbish in the storage forbids a reload", () => {
  assert.equal(may_renew("5000000", 1_000_000), true);
  assert.equal(may_renew("1000500", 1_000_000), false, "a little is the clock's own unrest");
  assert.equal(may_renew("yesterday", 1_000_000), true);
});

test("a player whose code does not load fails, and has the page renewed; one that loads does not", async () => {
  Object.assign(globalThis, { window: { MediaSource: class {} } });
  let renewals = 0;
  const renew = (): void => void (renewals += 1);
  const gone = new TypeError("Failed to fetch dynamically imported module");
  await assert.rejects(load_engine(() => Promise.reject(gone), renew), gone);
  assert.equal(renewals, 1);
  const create_hls_engine = (): never => assert.fail("not to be called here");
  assert.equal(await load_engine(async () => ({ hls_is_supported: () => true, create_hls_engine }), renew), create_hls_engine);
  assert.equal(renewals, 1);
});
