import { poll_delay_ms } from "./poll_delay";

const kTimeoutMs = 8_000;

/** Answer of the gateway that says "there is no such thing here", as opposed to "the gateway cannot be reached". */
export class Refused extends Error {}

export interface PollerOptions<T> {
  url: string;
  interval_ms: number;
  parse: (answer: unknown) => T;
  on_value: (value: T) => void;
  /** Called after every round with the number of consecutive failures, 0 after a success. */
  on_failures: (failures: number) => void;
}

/** Asks one URL again and again until stopped; one question at a time, none of them for ever. */
export class Poller<T> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | undefined;
  private failures = 0;
  private stopped = true;

  constructor(private readonly options: PollerOptions<T>) {}

  start(): void {
    this.stopped = false;
    document.addEventListener("visibilitychange", this.ask_when_visible);
    window.addEventListener("online", this.ask_when_visible);
    void this.round();
  }

  stop(): void {
    this.stopped = true;
    document.removeEventListener("visibilitychange", this.ask_when_visible);
    window.removeEventListener("online", this.ask_when_visible);
    clearTimeout(this.timer);
    this.request?.abort();
  }

  private readonly ask_when_visible = (): void => {
    if (!document.hidden && this.request === undefined) {
      clearTimeout(this.timer);
      void this.round();
    }
  };

  private async round(): Promise<void> {
    try {
      const value = await this.ask();
      if (this.stopped) {
        return;
      }
      this.failures = 0;
      this.options.on_value(value);
    } catch (error) {
      if (this.stopped) {
        return;
      }
      this.failures = error instanceof Refused ? 0 : this.failures + 1;
    }
    this.options.on_failures(this.failures);
    const delay_ms = poll_delay_ms(this.options.interval_ms, this.failures, document.hidden);
    this.timer = setTimeout(() => void this.round(), delay_ms);
  }

  private async ask(): Promise<T> {
    const request = new AbortController();
    this.request = request;
    const timeout = setTimeout(() => request.abort(), kTimeoutMs);
    try {
      // "no-cache" asks with the stored ETag, so that an unchanged list costs a 304.
      const response = await fetch(this.options.url, { cache: "no-cache", signal: request.signal });
      if (response.status === 404) {
        throw new Refused(`${this.options.url} answered 404`);
      }
      if (!response.ok) {
        throw new Error(`${this.options.url} answered ${response.status}`);
      }
      return this.options.parse(await response.json());
    } finally {
      clearTimeout(timeout);
      this.request = undefined;
    }
  }
}
