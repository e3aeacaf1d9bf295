import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData, type HlsConfig } from "hls.js/light";
import type { Engine, EngineOptions } from "./engine";
import type { Failure } from "./machine";
import { PlaylistWatch } from "./playlist_watch";
import { WaitSlots } from "./wait_slots";

const slots = new WaitSlots(3);

export function hls_is_supported(): boolean {
  return Hls.isSupported();
}

const kUnplayable: readonly string[] = [
  ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
  ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
  ErrorDetails.BUFFER_ADD_CODEC_ERROR,
];

const kSource: readonly string[] = [
  ErrorDetails.MANIFEST_LOAD_ERROR,
  ErrorDetails.MANIFEST_LOAD_TIMEOUT,
  ErrorDetails.MANIFEST_PARSING_ERROR,
  ErrorDetails.LEVEL_EMPTY_ERROR,
  ErrorDetails.LEVEL_PARSING_ERROR,
];

function failure_of(data: ErrorData): Failure {
  if (kUnplayable.includes(data.details)) {
    return "unplayable";
  }
  if (kSource.includes(data.details)) {
    return "source";
  }
  switch (data.type) {
    case ErrorTypes.NETWORK_ERROR:
      return "network";
    case ErrorTypes.MEDIA_ERROR:
      return "media";
    default:
      return "source";
  }
}

/** A picture may come any moment. */
const kAskAgain = { maxNumRetry: 8, retryDelayMs: 1_000, maxRetryDelayMs: 1_000 };
const kAskOnceMore = { maxNumRetry: 1, retryDelayMs: 1_000, maxRetryDelayMs: 1_000 };

function config_for(options: EngineOptions): Partial<HlsConfig> {
  const small = options.rendition === "small";
  return {
    // Fragments are fMP4 already, so that a worker would have nothing to do.
    enableWorker: false,
    liveSyncDurationCount: 2,
    liveMaxLatencyDurationCount: 6,
    maxLiveSyncPlaybackRate: 1.15,
    backBufferLength: 10,
    maxBufferLength: 10,
    maxMaxBufferLength: 20,
    maxBufferSize: 8_000_000,
    startLevel: small ? 0 : undefined,
    capLevelToPlayerSize: small,
    // In the full view the first guess is the largest picture; a measured slow link corrects it.
    abrEwmaDefaultEstimate: small ? 500_000 : 50_000_000,
    abrEwmaDefaultEstimateMax: 50_000_000,
    manifestLoadPolicy: { default: { ...Hls.DefaultConfig.manifestLoadPolicy.default, errorRetry: options.source_live ? kAskAgain : kAskOnceMore } },
  };
}

/** Segments of many seconds must not put the viewer many segments behind. */
function live_sync_count(target_duration_s: number): number {
  return target_duration_s > 5 ? 1 : 2;
}

export function create_hls_engine(options: EngineOptions): Engine {
  const place = {};
  const hls = new Hls({
    ...config_for(options),
    xhrSetup: (xhr, url, context) => {
      if ((context as { type?: string }).type === "manifest" && !slots.take(place)) {
        xhr.open("GET", url, true);
        xhr.setRequestHeader("Prefer", "wait=0"); // RFC 7240
      }
    },
  });
  hls.on(Events.MANIFEST_LOADED, () => slots.give_back(place));
  hls.on(Events.ERROR, (_event, data) => {
    if (data.fatal) {
      slots.give_back(place);
      options.on_failure(failure_of(data));
    }
  });
  const playlist = new PlaylistWatch();
  hls.on(Events.LEVEL_LOADED, (_event, { details, level }) => {
    hls.config.liveSyncDurationCount = live_sync_count(details.targetduration);
    playlist.loaded(`${level} ${details.endSN} ${details.fragments[details.fragments.length - 1]?.relurl ?? ""}`, performance.now());
  });
  hls.loadSource(options.url);
  hls.attachMedia(options.video);
  return {
    reload: () => hls.startLoad(),
    recover_media: () => hls.recoverMediaError(),
    jump_to_edge: () => {
      const edge_s = hls.liveSyncPosition;
      if (edge_s !== null && edge_s > options.video.currentTime) {
        options.video.currentTime = edge_s;
      }
      hls.startLoad();
    },
    is_starved: () => playlist.is_starved(performance.now()),
    destroy: () => {
      slots.give_back(place);
      hls.destroy();
    },
  };
}
