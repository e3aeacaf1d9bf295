import assert from "node:assert/strict";
import { test } from "node:test";
import type { Camera } from "../src/api/types";
import { en } from "../src/i18n/en";
import { announcement, settle, type Settled } from "../src/model/announce";
import { choose_playing } from "../src/model/choose_playing";
import { codec_name, is_playable } from "../src/model/codec";
import { areas_of, filter_cameras } from "../src/model/filter";
import { kFirstCamera } from "../src/model/first_camera";
import { grid_layout } from "../src/model/layout";
import { camera_of_hash, hash_of_camera } from "../src/model/route";
import { format_since } from "../src/model/since";
import { stale_report } from "../src/model/stale";
import { tile_state, unknown_live, type TileFacts } from "../src/model/tile_state";
import type { LiveCamera, SourceState } from "../src/api/types";
import { neighbours } from "../src/view/navigation";
import { target_of_key } from "../src/view/move_focus";

function camera(id: number, name: string, area_id: number | null = null, area_name = "", location = ""): Camera {
  return { id, name, description: "", location, area_id, area_name, thumbnail_path: null, hls: `/hls/k${id}/index.m3u8` };
}

const kCameras = [
  camera(1, "Front gate", 7, "Gate"),
  camera(2, "Café terrace", 8, "Main building", "Jl. Melati 4"),
  camera(12, "Back gate", 7, "Gate"),
  camera(13, "Lobby"),
];

const ids = (cameras: Camera[]): number[] => cameras.map(({ id }) => id);

test("search looks at name, place, area and number, without case or accents, all words", () => {
  assert.deepEqual(ids(filter_cameras(kCameras, "", null)), [1, 2, 12, 13]);
  assert.deepEqual(ids(filter_cameras(kCameras, "  GATE ", null)), [1, 12]);
  assert.deepEqual(ids(filter_cameras(kCameras, "cafe", null)), [2]);
  assert.deepEqual(ids(filter_cameras(kCameras, "melati", null)), [2]);
  assert.deepEqual(ids(filter_cameras(kCameras, "main terrace", null)), [2]);
  assert.deepEqual(ids(filter_cameras(kCameras, "#12", null)), [12]);
  assert.deepEqual(ids(filter_cameras(kCameras, "gate lobby", null)), []);
});

test("the area filter narrows the search", () => {
  assert.deepEqual(ids(filter_cameras(kCameras, "", 7)), [1, 12]);
  assert.deepEqual(ids(filter_cameras(kCameras, "back", 7)), [12]);
  assert.deepEqual(ids(filter_cameras(kCameras, "back", 8)), []);
});

test("areas are listed once, by name, without the empty one", () => {
  assert.deepEqual(areas_of(kCameras), [{ id: 7, name: "Gate" }, { id: 8, name: "Main building" }]);
});

test("offline since says the time today, and the day before today", () => {
  const now = new Date(2026, 10, 24, 15, 0).getTime();
  assert.equal(format_since(new Date(2026, 10, 24, 9, 5).getTime(), now, "en"), "09:05");
  assert.equal(format_since(new Date(2026, 10, 23, 23, 59).getTime(), now, "en"), "23 Nov, 23:59");
  assert.match(format_since(new Date(2025, 4, 2, 7, 0).getTime(), now, "en"), /^2 May 2025, 07:00$/);
  assert.match(format_since(new Date(2025, 4, 2, 7, 0).getTime(), now, "id"), /^2 Mei 2025, 07:00$/);
});

const kPlaying: TileFacts = { source: "live", phase: "playing", active: true, has_stream: true, playable: true };

test("a tile says what is most important", () => {
  assert.equal(tile_state(kPlaying), "live");
  assert.equal(tile_state({ ...kPlaying, source: "unknown" }), "live");
  assert.equal(tile_state({ ...kPlaying, source: "connecting" }), "live", "frames that advance are a live picture");
  assert.equal(tile_state({ ...kPlaying, phase: "loading" }), "connecting");
  assert.equal(tile_state({ ...kPlaying, phase: "stalled" }), "connecting");
  assert.equal(tile_state({ ...kPlaying, active: false }), "paused");
  assert.equal(tile_state({ ...kPlaying, phase: "blocked" }), "paused");
  assert.equal(tile_state({ ...kPlaying, phase: "unplayable" }), "unplayable");
  assert.equal(tile_state({ ...kPlaying, playable: false }), "unplayable");
  assert.equal(tile_state({ ...kPlaying, source: "offline", playable: false, active: false }), "offline");
  assert.equal(tile_state({ ...kPlaying, has_stream: false }), "offline");
  assert.equal(tile_state({ ...kPlaying, source: "disabled" }), "disabled");
});

test("the browser is asked about the codec, unless a sub stream may be of another", () => {
  const asked: string[] = [];
  const no = (type: string): boolean => (asked.push(type), false);
  assert.equal(is_playable("hvc1.1.6.L93.B0", false, no), false);
  assert.deepEqual(asked, ['video/mp4; codecs="hvc1.1.6.L93.B0"']);
  assert.equal(is_playable("hvc1.1.6.L93.B0", true, no), true);
  assert.equal(is_playable(null, false, no), true);
  assert.equal(codec_name("hvc1.1.6.L93.B0"), "H.265");
  assert.equal(codec_name("avc1.42c01f"), "H.264");
});

test("a phone plays at most the limit, a tapped tile first, then the ones seen whole", () => {
  const seen = new Map([[1, 0.3], [2, 1], [3, 1], [4, 1], [5, 1], [6, 0.2], [7, 0]]);
  const order = [1, 2, 3, 4, 5, 6, 7];
  assert.deepEqual([...choose_playing(order, seen, 4, [])].sort(), [2, 3, 4, 5]);
  assert.ok(choose_playing(order, seen, 4, [6]).has(6));
  assert.equal(choose_playing(order, seen, 4, [6]).size, 4);
  assert.ok(!choose_playing(order, seen, 4, [7]).has(7), "out of sight");
  assert.deepEqual([...choose_playing(order, seen, Infinity, [])].sort(), [1, 2, 3, 4, 5, 6]);
});

test("a wall fits the window when its tiles can be read, else it scrolls", () => {
  assert.equal(grid_layout(25, 2548, 1380, 6).columns, 5);
  assert.equal(grid_layout(25, 1354, 704, 6).columns, 5);
  assert.equal(grid_layout(1, 1354, 704, 6).columns, 1);
  assert.deepEqual(grid_layout(25, 348, 630, 6), { columns: 1, tile_px: 348 });
  assert.equal(grid_layout(200, 1354, 704, 6).columns, 4);
  for (const count of [1, 2, 3, 4, 9, 16, 25]) {
    const { columns, tile_px } = grid_layout(count, 2548, 1380, 6);
    const rows = Math.ceil(count / columns);
    assert.ok(columns * tile_px + (columns - 1) * 6 <= 2548 && (rows * tile_px * 9) / 16 + (rows - 1) * 6 <= 1380, `${count} fit`);
  }
});

test("a gateway that cannot be reached leaves what the cameras are, not how they do", () => {
  const offline = { ...unknown_live(1), state: "offline" as const, since_ms: 5, cause: "x", video_codec: "hvc1.1.6.L93.B0" };
  const disabled = { ...unknown_live(2), state: "disabled" as const };
  const aged = stale_report({ engine: "builtin", cameras: new Map<number, LiveCamera>([[1, offline], [2, disabled]]) });
  assert.deepEqual(aged?.cameras.get(1), { ...offline, state: "connecting", since_ms: null, cause: null });
  assert.equal(aged?.cameras.get(2)?.state, "disabled");
  assert.equal(stale_report(undefined), undefined);
});

test("the hash names a camera or nothing", () => {
  assert.equal(camera_of_hash(hash_of_camera(42)), 42);
  for (const hash of ["", "#/", "#/camera/", "#/camera/x", "#/camera/1/2", "#/camera/-1", `#/camera/${"9".repeat(40)}`]) {
    assert.equal(camera_of_hash(hash), null, hash);
  }
});

test("the command for a first camera is one that gatehousectl takes, and its camera is on the page", () => {
  const command = kFirstCamera.join(" ");
  assert.match(command, /^sudo gatehousectl cameras add --name "/);
  assert.match(command, / --url rtsp:\/\/[^@ ]+ /, "a password in the address is refused");
  assert.match(command, / --user \S+ --password-stdin\b/);
  assert.match(command, / --visibility public$/, "no other camera is on the page");
});

test("neighbours go around the end of what is found", () => {
  assert.deepEqual(neighbours(kCameras, 1), { previous: 13, next: 2 });
  assert.deepEqual(neighbours(kCameras, 13), { previous: 12, next: 1 });
  assert.deepEqual(neighbours(kCameras, 99), { previous: null, next: null });
  assert.deepEqual(neighbours(kCameras.slice(0, 1), 1), { previous: null, next: null });
});

test("arrow keys move by tile and by row, and stop at the edges", () => {
  assert.equal(target_of_key("ArrowRight", 0, 3, 7), 1);
  assert.equal(target_of_key("ArrowDown", 1, 3, 7), 4);
  assert.equal(target_of_key("ArrowUp", 4, 3, 7), 1);
  assert.equal(target_of_key("ArrowUp", 1, 3, 7), null);
  assert.equal(target_of_key("ArrowDown", 5, 3, 7), null);
  assert.equal(target_of_key("End", 0, 3, 7), 6);
  assert.equal(target_of_key("Enter", 0, 3, 7), null);
});

function report(states: Record<number, SourceState>) {
  return { engine: "builtin", cameras: new Map(Object.entries(states).map(([id, state]) => [Number(id), { ...unknown_live(Number(id)), state }])) };
}

test("a screen reader hears of cameras that went or came back, and of nothing else", () => {
  const names = new Map([[1, "Front gate"], [2, "Lobby"], [3, "Yard"]]);
  let settled: Settled = new Map();
  const hear = (states: Record<number, SourceState>): string => {
    const change = settle(settled, report(states));
    settled = change.settled;
    return announcement(change, names, en);
  };
  assert.equal(hear({ 1: "live", 2: "live", 3: "connecting" }), "");
  assert.equal(hear({ 1: "live", 2: "connecting", 3: "live" }), "");
  assert.equal(hear({ 1: "offline", 2: "live", 3: "live" }), "Front gate is offline");
  assert.equal(hear({ 1: "connecting", 2: "live", 3: "live" }), "");
  assert.equal(hear({ 1: "live", 2: "live", 3: "live" }), "Front gate is live");
  assert.equal(hear({ 1: "offline", 2: "offline", 3: "offline" }), "Cameras changed: 0 live again, 3 offline");
});
