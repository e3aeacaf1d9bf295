import assert from "node:assert/strict";
import { test } from "node:test";
import { parse_cameras, parse_live } from "../src/api/parse";
import { poll_delay_ms } from "../src/api/poll_delay";

test("a list of cameras is read, with neutral values for what is missing", () => {
  const [first, second] = parse_cameras({
    success: true,
    data: [
      { id: 3, name: "Gate", area_id: 7, area_name: "East", location: null, streams: { hls: "/hls/abc/index.m3u8", webrtc: null } },
      { id: 4 },
      { name: "no id" },
      null,
    ],
  });
  assert.equal(first?.hls, "/hls/abc/index.m3u8");
  assert.equal(first?.area_name, "East");
  assert.equal(first?.location, "");
  assert.equal(second?.name, "#4");
  assert.equal(second?.hls, null);
});

test("a stream of another origin is not played", () => {
  for (const hls of ["//evil.example/x.m3u8", "https://evil.example/x.m3u8", "javascript:1", "", 5, {}]) {
    assert.equal(parse_cameras({ success: true, data: [{ id: 1, streams: { hls } }] })[0]?.hls, null);
  }
});

test("the live report is read, and what is not understood is unknown", () => {
  const report = parse_live({
    success: true,
    data: {
      engine: "builtin",
      cameras: [
        { id: 1, state: "offline", since: "2026-11-24T03:00:00.000Z", cause: "refused", video_codec: null, has_sub: true },
        { id: 2, state: "dancing", since: "yesterday", width: "wide" },
      ],
    },
  });
  assert.equal(report.cameras.get(1)?.since_ms, Date.UTC(2026, 10, 24, 3));
  assert.equal(report.cameras.get(1)?.cause, "refused");
  assert.equal(report.cameras.get(2)?.state, "unknown");
  assert.equal(report.cameras.get(2)?.since_ms, null);
  assert.equal(report.cameras.get(2)?.width, null);
});

test("an answer that is none throws", () => {
  for (const answer of [null, [], "x", {}, { success: false, message: "no" }, { success: true }, { success: true, data: "x" }]) {
    assert.throws(() => parse_cameras(answer));
    assert.throws(() => parse_live(answer));
  }
});

test("polling keeps its pace, slows down when hidden, backs off up to 10 s", () => {
  assert.equal(poll_delay_ms(2_500, 0, false), 2_500);
  assert.equal(poll_delay_ms(2_500, 0, true), 15_000);
  assert.deepEqual([1, 2, 3, 4, 5, 50].map((failures) => poll_delay_ms(2_500, failures, false)), [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});
