import type { Engine, Rendition } from "./engine";
import { load_engine } from "./load_engine";
import { kInitial, step, type Order, type Phase, type PlayerEvent, type PlayerState } from "./machine";

const kTickMs = 500;

export interface PlayerOptions {
  video: HTMLVideoElement;
  url: string;
  rendition: Rendition;
  on_phase: (phase: Phase) => void;
  /** The picture is about to go away for a moment: keep a still of it, if there is one now. */
  on_before_cut: () => void;
  /** The picture stays and stands still: keep a still of it, and none of an earlier picture. */
  on_stand_still: () => void;
}

/** Keeps one <video> playing one camera: carries out what the machine decides. Ends with `destroy`. */
export class Player {
  private state: PlayerState = kInitial;
  private engine: Engine | undefined;
  /** Counts engines, so that a late answer for an earlier one is dropped. */
  private generation = 0;
  private source_live = true;
  private position_s = 0;
  private frames = 0;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly options: PlayerOptions) {
    this.timer = setInterval(() => this.tick(), kTickMs);
    document.addEventListener("visibilitychange", this.on_visibility);
  }

  start(): void {
    this.handle({ kind: "start" });
  }

  set_source_live(live: boolean): void {
    const back = live && !this.source_live;
    this.source_live = live;
    if (back) {
      this.handle({ kind: "source_back" });
    }
  }

  source_changed(): void {
    this.handle({ kind: "source_changed" });
  }

  destroy(): void {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.on_visibility);
    this.handle({ kind: "stop" });
  }

  private readonly on_visibility = (): void => {
    if (!document.hidden) {
      this.handle({ kind: "shown" });
    }
  };

  private handle(event: PlayerEvent): void {
    const before = this.state.phase;
    const next = step(this.state, event, {
      now_ms: performance.now(),
      source_live: this.source_live,
      starved: this.engine?.is_starved() ?? false,
      random: Math.random(),
    });
    this.state = next.state;
    for (const order of next.orders) {
      this.carry_out(order);
    }
    if (this.state.phase !== before) {
      this.options.on_phase(this.state.phase);
    }
  }

  private tick(): void {
    if (document.hidden) {
      return; // Browsers stop decoding there, which is no stall.
    }
    if (this.has_progressed()) {
      this.handle({ kind: "progress" });
    }
    this.handle({ kind: "tick" });
  }

  private has_progressed(): boolean {
    const { video } = this.options;
    const frames = video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
    const moved = video.currentTime !== this.position_s && !video.seeking;
    // A browser that does not count frames leaves the count at 0.
    const decoded = frames === 0 || frames !== this.frames;
    this.position_s = video.currentTime;
    this.frames = frames;
    return moved && decoded && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  private carry_out(order: Order): void {
    switch (order) {
      case "create":
        void this.create();
        break;
      case "destroy":
        this.generation += 1;
        this.options.on_before_cut();
        this.engine?.destroy();
        this.engine = undefined;
        break;
      case "recover_media":
        this.options.on_before_cut();
        this.engine?.recover_media();
        void this.play();
        break;
      case "reload":
        this.engine?.reload();
        void this.play();
        break;
      case "jump_to_edge":
        this.engine?.jump_to_edge();
        void this.play();
        break;
      case "keep_still":
        this.options.on_stand_still();
        break;
    }
  }

  private async create(): Promise<void> {
    this.generation += 1;
    const generation = this.generation;
    const { video, url, rendition } = this.options;
    const factory = await load_engine().catch(() => undefined);
    if (generation !== this.generation) {
      return;
    }
    if (!factory) {
      this.handle({ kind: "failure", failure: factory === null ? "unplayable" : "source" });
      return;
    }
    this.engine = factory({
      video,
      url,
      rendition,
      source_live: this.source_live,
      on_failure: (failure) => {
        if (generation === this.generation) {
          this.handle({ kind: "failure", failure });
        }
      },
    });
    await this.play();
  }

  private async play(): Promise<void> {
    const generation = this.generation;
    try {
      await this.options.video.play();
    } catch (error) {
      // Anything but a refusal (a new load, a pause) is the watchdog's business.
      if (generation === this.generation && error instanceof DOMException && error.name === "NotAllowedError") {
        this.handle({ kind: "blocked" });
      }
    }
  }
}
