import assert from "node:assert/strict";
import { test } from "node:test";
import { PlaylistWatch } from "../src/player/playlist_watch";
import {
  backoff_ms,
  kFirstPictureMs,
  kInitial,
  kNudgeAfterMs,
  kRecreateAfterMs,
  kSourceDownMs,
  kStalledAfterMs,
  kUnplayableRetryMs,
  step,
  type Order,
  type PlayerEvent,
  type PlayerState,
} from "../src/player/machine";

/** A player with a clock of its own; ticks twice a second like the real one. */
class Rig {
  state: PlayerState = kInitial;
  now_ms = 1_000;
  source_live = true;
  starved = false;
  orders: Order[] = [];

  send(event: PlayerEvent): Order[] {
    const next = step(this.state, event, { now_ms: this.now_ms, source_live: this.source_live, starved: this.starved, random: 0.5 });
    this.state = next.state;
    this.orders.push(...next.orders);
    return next.orders;
  }

  /** Lets time pass; `moving` says whether the picture does. Returns the orders given meanwhile. */
  pass(ms: number, moving: boolean): Order[] {
    const first = this.orders.length;
    for (const end_ms = this.now_ms + ms; this.now_ms < end_ms; ) {
      this.now_ms += 500;
      if (moving) {
        this.send({ kind: "progress" });
      }
      this.send({ kind: "tick" });
    }
    return this.orders.slice(first);
  }
}

function playing(): Rig {
  const rig = new Rig();
  rig.send({ kind: "start" });
  rig.pass(10_000, true);
  assert.equal(rig.state.phase, "playing");
  rig.orders = [];
  return rig;
}

test("starting makes an engine and loads", () => {
  const rig = new Rig();
  assert.deepEqual(rig.send({ kind: "start" }), ["create"]);
  assert.equal(rig.state.phase, "loading");
});

test("a moving picture needs nothing", () => {
  const rig = playing();
  assert.deepEqual(rig.pass(600_000, true), []);
});

test("stopping ends the engine and later events do nothing", () => {
  const rig = playing();
  assert.deepEqual(rig.send({ kind: "stop" }), ["destroy"]);
  assert.deepEqual(rig.pass(120_000, false), []);
  assert.deepEqual(rig.send({ kind: "failure", failure: "network" }), []);
  assert.deepEqual(rig.send({ kind: "source_back" }), []);
  assert.deepEqual(rig.send({ kind: "stop" }), []);
});

test("a picture that stands still is said to be stalled, then sent to the edge, then made anew", () => {
  const rig = playing();
  assert.deepEqual(rig.pass(kStalledAfterMs, false), ["keep_still"]);
  assert.equal(rig.state.phase, "stalled");
  assert.deepEqual(rig.pass(kNudgeAfterMs - kStalledAfterMs, false), ["jump_to_edge"]);
  assert.deepEqual(rig.pass(kRecreateAfterMs - kNudgeAfterMs, false), ["destroy"]);
  assert.deepEqual(rig.pass(2_000, false), ["create"]);
  assert.equal(rig.state.phase, "stalled");
  rig.pass(1_000, true);
  assert.equal(rig.state.phase, "playing");
});

test("a stall that ends by itself is forgotten", () => {
  const rig = playing();
  rig.pass(7_000, false);
  rig.pass(1_000, true);
  assert.equal(rig.state.phase, "playing");
  assert.deepEqual(rig.pass(7_000, false), ["keep_still"]);
});

test("each time a picture comes to a stand a still of it is kept, before anything moves the engine", () => {
  const rig = playing();
  for (let stall = 0; stall < 3; ++stall) {
    assert.deepEqual(rig.pass(kStalledAfterMs, false), ["keep_still"]);
    assert.deepEqual(rig.pass(2_000, false), [], "one for each stall");
    rig.pass(1_000, true);
  }
  rig.now_ms += kNudgeAfterMs;
  assert.deepEqual(rig.send({ kind: "tick" }), ["keep_still", "jump_to_edge"]);
  rig.pass(1_000, true);
  assert.deepEqual(rig.send({ kind: "blocked" }), ["keep_still"]);
});

test("an engine that ends keeps the still itself, and there is none without a picture", () => {
  const late = playing();
  late.now_ms += kRecreateAfterMs;
  assert.deepEqual(late.send({ kind: "tick" }), ["destroy"]);
  assert.equal(late.state.phase, "stalled");
  const failed = playing();
  assert.deepEqual(failed.send({ kind: "failure", failure: "source" }), ["destroy"]);
  assert.deepEqual(playing().send({ kind: "stop" }), ["destroy"]);
  const loading = new Rig();
  loading.send({ kind: "start" });
  loading.pass(600_000, false);
  assert.ok(!loading.orders.includes("keep_still"));
});

test("while the camera is down the engine is left in peace much longer", () => {
  const rig = playing();
  rig.source_live = false;
  assert.deepEqual(rig.pass(kSourceDownMs - 500, false), ["keep_still"]);
  assert.deepEqual(rig.pass(500, false), ["destroy"]);
});

test("a playlist without anything new is waited for, however long, and then gets fresh patience", () => {
  const rig = playing();
  rig.starved = true;
  assert.deepEqual(rig.pass(600_000, false), ["keep_still"]);
  assert.equal(rig.state.phase, "stalled");
  rig.starved = false;
  assert.deepEqual(rig.pass(kNudgeAfterMs - kStalledAfterMs - 500, false), []);
  assert.deepEqual(rig.pass(500, false), ["jump_to_edge"]);
  rig.pass(1_000, true);
  assert.equal(rig.state.phase, "playing");
});

test("a camera that comes back is asked for at once by the living engine", () => {
  const rig = playing();
  rig.source_live = false;
  rig.pass(20_000, false);
  rig.source_live = true;
  assert.deepEqual(rig.send({ kind: "source_back" }), ["reload"]);
  assert.deepEqual(rig.pass(kNudgeAfterMs - 500, false), [], "the new patience begins now");
});

test("a camera that comes back ends the wait for the next attempt", () => {
  const rig = new Rig();
  rig.source_live = false;
  rig.send({ kind: "start" });
  for (let failure = 0; failure < 6; ++failure) {
    rig.send({ kind: "failure", failure: "source" });
    rig.pass(8_000, false);
  }
  rig.send({ kind: "failure", failure: "source" });
  rig.source_live = true;
  assert.deepEqual(rig.send({ kind: "source_back" }), ["create"]);
  assert.equal(rig.state.failures, 0);
});

test("a camera that comes back does not disturb a moving picture", () => {
  assert.deepEqual(playing().send({ kind: "source_back" }), []);
});

test("a first network failure goes on with the same engine while the buffer plays", () => {
  const rig = playing();
  assert.deepEqual(rig.send({ kind: "failure", failure: "network" }), []);
  assert.deepEqual(rig.pass(1_000, true), ["reload"]);
  assert.equal(rig.state.phase, "playing");
});

test("repeated network failures make a new engine", () => {
  const rig = playing();
  rig.send({ kind: "failure", failure: "network" });
  rig.pass(1_000, false);
  rig.send({ kind: "failure", failure: "network" });
  rig.pass(2_000, false);
  assert.deepEqual(rig.send({ kind: "failure", failure: "network" }), ["destroy"]);
  assert.deepEqual(rig.pass(4_000, false), ["create"]);
});

test("a failed master playlist is retried for ever, never more often than every second nor later than 8 s", () => {
  const rig = new Rig();
  rig.send({ kind: "start" });
  for (let failure = 1; failure <= 500; ++failure) {
    assert.deepEqual(rig.send({ kind: "failure", failure: "source" }), ["destroy"]);
    const failed_ms = rig.now_ms;
    while (!rig.state.engine) {
      rig.pass(500, false);
    }
    const waited_ms = rig.now_ms - failed_ms;
    assert.ok(waited_ms >= 1_000 && waited_ms <= 8_000, `attempt ${failure} after ${waited_ms} ms`);
  }
});

test("a decoder failure is mended in place once, then by a new engine", () => {
  const rig = playing();
  assert.deepEqual(rig.send({ kind: "failure", failure: "media" }), ["recover_media"]);
  rig.pass(1_000, true);
  assert.deepEqual(rig.send({ kind: "failure", failure: "media" }), ["destroy"]);
  assert.deepEqual(rig.pass(2_000, false), ["create"]);
  rig.pass(10_000, true);
  assert.deepEqual(rig.send({ kind: "failure", failure: "media" }), ["recover_media"], "a steady picture clears the record");
});

function unplayable(): Rig {
  const rig = new Rig();
  rig.send({ kind: "start" });
  assert.deepEqual(rig.send({ kind: "failure", failure: "unplayable" }), ["destroy"]);
  assert.equal(rig.state.phase, "unplayable");
  return rig;
}

test("what the browser cannot decode is tried again every 30 s for ever, and nothing else is said meanwhile", () => {
  const rig = unplayable();
  for (let attempt = 1; attempt <= 100; ++attempt) {
    assert.deepEqual(rig.pass(kUnplayableRetryMs - 500, false), [], `attempt ${attempt} not early`);
    assert.deepEqual(rig.pass(500, false), ["create"], `attempt ${attempt}`);
    assert.equal(rig.state.phase, "unplayable");
    assert.deepEqual(rig.send({ kind: "failure", failure: "unplayable" }), ["destroy"]);
    assert.equal(rig.state.phase, "unplayable");
  }
});

test("what the browser could not decode plays once the playlist lists a rendition it can", () => {
  const rig = unplayable();
  rig.pass(kUnplayableRetryMs, false);
  assert.deepEqual(rig.pass(2_000, false), []);
  assert.equal(rig.state.phase, "unplayable");
  assert.deepEqual(rig.pass(10_000, true), []);
  assert.equal(rig.state.phase, "playing");
  assert.deepEqual(rig.pass(kStalledAfterMs, false), ["keep_still"], "and is watched like any picture");
});

test("a new attempt at what could not be decoded is given up like a first picture that does not come", () => {
  const rig = unplayable();
  rig.pass(kUnplayableRetryMs, false);
  assert.deepEqual(rig.pass(kFirstPictureMs - 500, false), []);
  assert.deepEqual(rig.pass(500, false), ["destroy"]);
  assert.deepEqual(rig.pass(1_000, false), ["create"]);
  assert.deepEqual(rig.pass(2 * kFirstPictureMs - 500, false), [], "with more patience");
  assert.deepEqual(rig.pass(500, false), ["destroy"]);
  assert.equal(rig.state.phase, "unplayable");
});

test("other failures of a new attempt at what could not be decoded are mended as always", () => {
  const rig = unplayable();
  rig.pass(kUnplayableRetryMs, false);
  assert.deepEqual(rig.send({ kind: "failure", failure: "network" }), []);
  assert.deepEqual(rig.pass(1_000, false), ["reload"]);
  assert.deepEqual(rig.send({ kind: "failure", failure: "source" }), ["destroy"]);
  assert.deepEqual(rig.pass(2_000, false), ["create"]);
  assert.equal(rig.state.phase, "unplayable");
  assert.deepEqual(rig.send({ kind: "failure", failure: "unplayable" }), ["destroy"]);
  assert.deepEqual(rig.pass(kUnplayableRetryMs, false), ["create"]);
  assert.deepEqual(rig.send({ kind: "failure", failure: "media" }), ["recover_media"], "the record is clear");
  assert.equal(rig.state.phase, "unplayable");
});

test("a codec that changes is tried at once and said to load, before and during an attempt", () => {
  const waiting = unplayable();
  assert.deepEqual(waiting.send({ kind: "source_changed" }), ["create"]);
  assert.equal(waiting.state.phase, "loading");
  const trying = unplayable();
  trying.pass(kUnplayableRetryMs, false);
  assert.deepEqual(trying.send({ kind: "source_changed" }), ["destroy", "create"]);
  assert.equal(trying.state.phase, "loading");
});

test("a camera that comes back is tried at once even if it could not be decoded", () => {
  const waiting = unplayable();
  assert.deepEqual(waiting.send({ kind: "source_back" }), ["create"]);
  assert.deepEqual(waiting.send({ kind: "source_back" }), ["reload"], "during an attempt with the living engine");
  waiting.pass(1_000, true);
  assert.equal(waiting.state.phase, "playing");
});

test("what cannot be decoded is left alone once it is not wanted", () => {
  const waiting = unplayable();
  assert.deepEqual(waiting.send({ kind: "stop" }), []);
  assert.deepEqual(waiting.pass(300_000, false), []);
  const trying = unplayable();
  trying.pass(kUnplayableRetryMs, false);
  assert.deepEqual(trying.send({ kind: "stop" }), ["destroy"]);
  assert.deepEqual(trying.pass(300_000, false), []);
  assert.equal(trying.state.phase, "idle");
});

test("a moving picture is not cut because the codec's name changed", () => {
  assert.deepEqual(playing().send({ kind: "source_changed" }), []);
});

test("a first picture that does not come is asked for again, each time with more patience", () => {
  const rig = new Rig();
  rig.send({ kind: "start" });
  assert.deepEqual(rig.pass(kFirstPictureMs - 500, false), []);
  assert.deepEqual(rig.pass(500, false), ["destroy"]);
  assert.deepEqual(rig.pass(1_000, false), ["create"]);
  assert.deepEqual(rig.pass(2 * kFirstPictureMs - 500, false), []);
  assert.deepEqual(rig.pass(500, false), ["destroy"]);
});

test("a browser that wants a gesture is not hurried, and the gesture starts", () => {
  const rig = new Rig();
  rig.send({ kind: "start" });
  rig.send({ kind: "blocked" });
  assert.deepEqual(rig.pass(60_000, false), []);
  assert.deepEqual(rig.send({ kind: "start" }), ["destroy", "create"]);
});

test("a page that is shown again jumps to the edge with fresh patience", () => {
  const rig = playing();
  rig.now_ms += 3_600_000;
  assert.deepEqual(rig.send({ kind: "shown" }), ["jump_to_edge"]);
  assert.deepEqual(rig.pass(kNudgeAfterMs - 500, false), ["keep_still"]);
});

test("back-off grows from 1 to 8 s and its jitter stays within a quarter", () => {
  for (const [failures, whole_ms] of [[1, 1_000], [2, 2_000], [3, 4_000], [4, 8_000], [5, 8_000], [5_000, 8_000]] as const) {
    assert.equal(backoff_ms(failures, 0), Math.max(1_000, whole_ms * 0.75));
    const longest_ms = backoff_ms(failures, 0.999999);
    assert.ok(longest_ms <= whole_ms && longest_ms > whole_ms * 0.99);
  }
});

test("from any mess of events a picture that moves in the end is playing", () => {
  const events: PlayerEvent[] = [
    { kind: "start" }, { kind: "progress" }, { kind: "tick" }, { kind: "source_back" }, { kind: "source_changed" }, { kind: "shown" },
    { kind: "failure", failure: "network" }, { kind: "failure", failure: "source" }, { kind: "failure", failure: "media" },
    { kind: "failure", failure: "unplayable" },
  ];
  let seed = 7;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 300; ++round) {
    const rig = new Rig();
    rig.send({ kind: "start" });
    for (let count = 0; count < 40; ++count) {
      rig.now_ms += Math.floor(random() * 6_000);
      rig.source_live = random() < 0.5;
      const event = events[Math.floor(random() * events.length)];
      assert.ok(event);
      rig.send(event);
    }
    rig.source_live = true;
    rig.send({ kind: "source_back" });
    for (let waited_ms = 0; !rig.state.engine && waited_ms < 8_000; waited_ms += 500) {
      rig.pass(500, false);
    }
    rig.pass(1_000, true);
    assert.equal(rig.state.phase, "playing", `round ${round}`);
  }
});

test("a playlist is starved when it is served again and again with the same end", () => {
  const watch = new PlaylistWatch();
  assert.equal(watch.is_starved(0), false);
  watch.loaded("7 seg7.m4s", 0);
  watch.loaded("7 seg7.m4s", 1_000);
  assert.equal(watch.is_starved(1_000), false, "once may be a little late");
  watch.loaded("7 seg7.m4s", 2_000);
  assert.equal(watch.is_starved(2_000), true);
  assert.equal(watch.is_starved(18_000), false, "a playlist that does not load is another trouble");
  watch.loaded("3 seg3.m4s", 19_000);
  assert.equal(watch.is_starved(19_000), false, "going backwards is news, too");
});
