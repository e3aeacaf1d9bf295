import type { LiveReport } from "../api/types";
import type { Messages } from "../i18n/messages";

/** Longer lists are summed up, so that a switch that lost power does not read out 25 names. */
const kNamedAtMost = 2;

/** The last firm word on each camera: "connecting" and "unknown" change nothing. */
export type Settled = ReadonlyMap<number, "live" | "offline">;

export interface Change {
  settled: Settled;
  came_back: number[];
  went_offline: number[];
}

/** Compares a report with what was settled before; a camera heard of for the first time is no news. */
export function settle(before: Settled, report: LiveReport): Change {
  const settled = new Map(before);
  const came_back: number[] = [];
  const went_offline: number[] = [];
  for (const { id, state } of report.cameras.values()) {
    if (state !== "live" && state !== "offline") {
      continue;
    }
    const was = before.get(id);
    settled.set(id, state);
    if (was !== undefined && was !== state) {
      (state === "live" ? came_back : went_offline).push(id);
    }
  }
  return { settled, came_back, went_offline };
}

/** What a screen reader should say of a change; "" for nothing. */
export function announcement(change: Change, names: ReadonlyMap<number, string>, messages: Messages): string {
  const named = (ids: number[]): string[] => ids.flatMap((id) => names.get(id) ?? []);
  const live = named(change.came_back);
  const offline = named(change.went_offline);
  if (live.length + offline.length > kNamedAtMost) {
    return messages.many_changed(live.length, offline.length);
  }
  return [...offline.map(messages.now_offline), ...live.map(messages.now_live)].join(". ");
}
