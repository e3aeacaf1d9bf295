export type Language = "en" | "id";

/** Every text of the screen. A dictionary that misses one does not compile. */
export interface Messages {
  language_name: string;
  skip_to_cameras: string;
  cameras: string;
  search: string;
  area: string;
  all_areas: string;
  language: string;
  loading: string;
  connection_lost: string;
  no_engine: string;

  live: string;
  connecting: string;
  offline: string;
  offline_since: (when: string) => string;
  unplayable: string;
  unplayable_codec: (codec: string) => string;
  disabled: string;
  paused: string;
  tap_to_play: string;
  no_stream: string;

  count_live: (count: number) => string;
  count_offline: (count: number) => string;
  count_shown: (shown: number, all: number) => string;

  empty_title: string;
  empty_text: string;
  empty_hint: string;
  copy: string;
  copied: string;
  no_match_title: string;
  no_match_text: string;
  clear_filter: string;

  open_camera: (name: string, area: string, state: string) => string;
  play_camera: (name: string, area: string) => string;
  close: string;
  previous_camera: string;
  next_camera: string;
  sound_on: string;
  sound_off: string;
  fullscreen: string;
  camera_not_found: string;
  back_to_cameras: string;

  now_live: (name: string) => string;
  now_offline: (name: string) => string;
  many_changed: (live: number, offline: number) => string;
}
