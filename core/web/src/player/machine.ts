// Decides what a player does so that a picture always comes back by itself. Pure: events and a clock go in,
// the next state and orders for the engine come out; `player.ts` carries them out.

export type Phase =
  /** Not wanted now. */
  | "idle"
  /** Wanted, no picture yet. */
  | "loading"
  /** Frames are advancing. */
  | "playing"
  /** There was a picture and it stands still. */
  | "stalled"
  /** The browser refuses to start without a gesture. */
  | "blocked"
  /** The browser cannot decode what the camera sends. Kept while that is tried again, until frames advance. */
  | "unplayable";

export type Failure =
  /** A playlist or segment could not be loaded; the engine can go on from where it is. */
  | "network"
  /** The engine cannot go on: the master playlist failed or the engine is confused. */
  | "source"
  /** The decoder or the buffer gave up. */
  | "media"
  | "unplayable";

export type PlayerEvent =
  | { kind: "start" }
  | { kind: "stop" }
  /** The position moved and a new frame was decoded since the last tick. */
  | { kind: "progress" }
  | { kind: "tick" }
  | { kind: "failure"; failure: Failure }
  | { kind: "blocked" }
  /** The engine says the camera is back. */
  | { kind: "source_back" }
  /** The camera sends another codec than before. */
  | { kind: "source_changed" }
  /** The page was hidden, where browsers stop decoding, and is visible again. */
  | { kind: "shown" };

export type Order =
  | "create"
  /** Ends the engine and its picture. */
  | "destroy"
  | "reload"
  | "recover_media"
  | "jump_to_edge"
  /** The picture stands still from here on, and its engine lives: what is kept of an earlier one is out of date. */
  | "keep_still";

export interface PlayerState {
  readonly phase: Phase;
  /** Whether an engine exists. */
  readonly engine: boolean;
  /** Failures since the picture was last steady. */
  readonly failures: number;
  /** The last progress, or the last attempt to get some. */
  readonly quiet_since_ms: number;
  /** Start of the present run of progress; null while there is none. */
  readonly steady_since_ms: number | null;
  readonly nudged: boolean;
  readonly retry_at_ms: number | null;
  readonly retry_with: "reload" | "create";
}

export interface Surroundings {
  now_ms: number;
  /** False when the gateway says that the camera gives nothing now: then waiting is right and hurrying is not. */
  source_live: boolean;
  /** True when the engine sees its playlist served without anything new in it: a new engine would only replay its end. */
  starved: boolean;
  /** Random number in [0, 1) for the jitter. */
  random: number;
}

export interface Step {
  state: PlayerState;
  orders: Order[];
}

export const kStalledAfterMs = 2_500;
export const kNudgeAfterMs = 8_000;
export const kRecreateAfterMs = 12_000;
/** Patience with a first picture, multiplied after each failure, so that a slow link gets its chance. */
export const kFirstPictureMs = 15_000;
/** Patience while the camera is known to give nothing. */
export const kSourceDownMs = 30_000;
/** Until what could not be decoded is tried again: the playlist may list another rendition by then. */
export const kUnplayableRetryMs = 30_000;
const kLongestFirstPictureMs = 60_000;
const kSteadyMs = 5_000;
const kReloadsBeforeRecreate = 2;
const kBackoffMs = 1_000;
const kLongestBackoffMs = 8_000;

export const kInitial: PlayerState = {
  phase: "idle",
  engine: false,
  failures: 0,
  quiet_since_ms: 0,
  steady_since_ms: null,
  nudged: false,
  retry_at_ms: null,
  retry_with: "create",
};

/** Back-off before attempt `failures` (1, 2, ...): 1, 2, 4, 8, 8 ... s, of which the last quarter is random. */
export function backoff_ms(failures: number, random: number): number {
  const whole = Math.min(kLongestBackoffMs, kBackoffMs * 2 ** Math.max(0, failures - 1));
  return Math.max(kBackoffMs, whole * (0.75 + 0.25 * random));
}

export function step(state: PlayerState, event: PlayerEvent, around: Surroundings): Step {
  const next = decide(state, event, around);
  const stands = state.phase === "playing" && next.state.phase !== "playing";
  // An engine is never ended without keeping a still first.
  return stands && !next.orders.includes("destroy") ? { ...next, orders: ["keep_still", ...next.orders] } : next;
}

function decide(state: PlayerState, event: PlayerEvent, around: Surroundings): Step {
  switch (event.kind) {
    case "start":
      return state.phase === "idle" || state.phase === "blocked" ? create({ ...state, failures: 0 }, around) : unchanged(state);
    case "stop":
      return { state: kInitial, orders: state.engine ? ["destroy"] : [] };
    case "progress":
      return state.engine ? progress(state, around) : unchanged(state);
    case "failure":
      return state.engine ? failure(state, event.failure, around) : unchanged(state);
    case "blocked":
      return state.engine ? unchanged({ ...state, phase: "blocked" }) : unchanged(state);
    case "source_back":
      return source_back(state, around);
    case "source_changed":
      return source_changed(state, around);
    case "shown":
      return shown(state, around);
    case "tick":
      return tick(state, around);
  }
}

function unchanged(state: PlayerState): Step {
  return { state, orders: [] };
}

function create(state: PlayerState, around: Surroundings): Step {
  const phase = phase_of_attempt(state.phase);
  return {
    state: { ...state, phase, engine: true, quiet_since_ms: around.now_ms, steady_since_ms: null, nudged: false, retry_at_ms: null },
    orders: state.engine ? ["destroy", "create"] : ["create"],
  };
}

/** What is said of the picture while a new engine looks for it. */
function phase_of_attempt(before: Phase): Phase {
  switch (before) {
    case "playing":
    case "stalled":
      return "stalled";
    case "unplayable":
      return "unplayable";
    default:
      return "loading";
  }
}

function progress(state: PlayerState, around: Surroundings): Step {
  const steady_since_ms = state.steady_since_ms ?? around.now_ms;
  const steady = around.now_ms - steady_since_ms >= kSteadyMs;
  return unchanged({
    ...state,
    phase: "playing",
    quiet_since_ms: around.now_ms,
    steady_since_ms,
    nudged: false,
    failures: steady ? 0 : state.failures,
  });
}

function failure(state: PlayerState, kind: Failure, around: Surroundings): Step {
  if (kind === "unplayable") {
    return { state: { ...kInitial, phase: "unplayable", retry_at_ms: around.now_ms + kUnplayableRetryMs }, orders: ["destroy"] };
  }
  const failures = state.failures + 1;
  if (kind === "media" && failures === 1) {
    return { state: { ...state, failures, steady_since_ms: null, quiet_since_ms: around.now_ms }, orders: ["recover_media"] };
  }
  const retry_at_ms = around.now_ms + backoff_ms(failures, around.random);
  if (kind === "network" && failures <= kReloadsBeforeRecreate) {
    // The buffer may still play on while we wait.
    return unchanged({ ...state, failures, steady_since_ms: null, retry_at_ms, retry_with: "reload" });
  }
  return give_up(state, failures, retry_at_ms);
}

/** Drops the engine and makes a new one at `retry_at_ms`. */
function give_up(state: PlayerState, failures: number, retry_at_ms: number): Step {
  const phase: Phase = state.phase === "playing" ? "stalled" : state.phase;
  return {
    state: { ...state, phase, engine: false, failures, steady_since_ms: null, nudged: false, retry_at_ms, retry_with: "create" },
    orders: ["destroy"],
  };
}

function source_back(state: PlayerState, around: Surroundings): Step {
  if (state.phase === "idle" || state.phase === "playing" || state.phase === "blocked") {
    return unchanged(state);
  }
  if (!state.engine) {
    return create({ ...state, failures: 0 }, around);
  }
  // A living engine goes on exactly where the camera stopped; a new one would replay the end of the old window.
  return {
    state: { ...state, failures: 0, quiet_since_ms: around.now_ms, nudged: false, retry_at_ms: null },
    orders: ["reload"],
  };
}

function source_changed(state: PlayerState, around: Surroundings): Step {
  // A picture that moves has taken the change in its stride.
  if (state.phase === "idle" || state.phase === "playing") {
    return unchanged(state);
  }
  // What could not be decoded is not what the camera sends now.
  const phase: Phase = state.phase === "unplayable" ? "loading" : state.phase;
  return create({ ...state, phase, failures: 0 }, around);
}

function shown(state: PlayerState, around: Surroundings): Step {
  if (!state.engine || state.phase === "blocked") {
    return unchanged(state);
  }
  return { state: { ...state, quiet_since_ms: around.now_ms, steady_since_ms: null, nudged: false }, orders: ["jump_to_edge"] };
}

function tick(state: PlayerState, around: Surroundings): Step {
  if (state.phase === "idle" || state.phase === "blocked") {
    return unchanged(state);
  }
  if (state.retry_at_ms !== null && around.now_ms >= state.retry_at_ms) {
    if (state.retry_with === "create" || !state.engine) {
      return create(state, around);
    }
    return { state: { ...state, retry_at_ms: null }, orders: ["reload"] };
  }
  return state.engine ? watchdog(state, around) : unchanged(state);
}

function watchdog(state: PlayerState, around: Surroundings): Step {
  const quiet_ms = around.now_ms - state.quiet_since_ms;
  if (around.starved && quiet_ms >= kStalledAfterMs) {
    const phase: Phase = state.phase === "playing" ? "stalled" : state.phase;
    return unchanged({ ...state, phase, steady_since_ms: null, nudged: false, quiet_since_ms: around.now_ms - kStalledAfterMs });
  }
  if (state.phase === "loading" || state.phase === "unplayable") {
    const patience_ms = Math.min(kLongestFirstPictureMs, kFirstPictureMs * (1 + state.failures));
    return quiet_ms >= (around.source_live ? patience_ms : Math.max(patience_ms, kSourceDownMs)) ? restart(state, around) : unchanged(state);
  }
  if (quiet_ms >= (around.source_live ? kRecreateAfterMs : kSourceDownMs)) {
    return restart(state, around);
  }
  if (around.source_live && quiet_ms >= kNudgeAfterMs && !state.nudged) {
    return { state: { ...state, phase: "stalled", nudged: true }, orders: ["jump_to_edge"] };
  }
  if (state.phase === "playing" && quiet_ms >= kStalledAfterMs) {
    return unchanged({ ...state, phase: "stalled", steady_since_ms: null });
  }
  return unchanged(state);
}

function restart(state: PlayerState, around: Surroundings): Step {
  const failures = state.failures + 1;
  return give_up(state, failures, around.now_ms + backoff_ms(failures, around.random));
}
