import { useEffect, useState } from "preact/hooks";
import { Poller } from "./poller";

export interface Polled<T> {
  /** The last good answer; undefined until the first one. */
  value: T | undefined;
  /** Consecutive failures, 0 when the last round went well. */
  failures: number;
}

/** Polls `url` for as long as the component lives. `parse` must be a constant function. */
export function use_poll<T>(url: string, interval_ms: number, parse: (answer: unknown) => T): Polled<T> {
  const [value, set_value] = useState<T>();
  const [failures, set_failures] = useState(0);
  useEffect(() => {
    const poller = new Poller({ url, interval_ms, parse, on_value: set_value, on_failures: set_failures });
    poller.start();
    return () => poller.stop();
  }, [url, interval_ms, parse]);
  return { value, failures };
}
