import assert from "node:assert/strict";
import { test } from "node:test";
import { keep_still } from "../src/player/still";

Object.assign(globalThis, { HTMLMediaElement: { HAVE_METADATA: 1, HAVE_CURRENT_DATA: 2 } });

/** A canvas that remembers how often it was drawn on. */
class FakeCanvas {
  width = 111;
  height = 99;
  drawn = 0;

  getContext() {
    return { drawImage: () => (this.drawn += 1) };
  }
}

function keep(video: { readyState: number; videoWidth: number; videoHeight: number }, canvas: FakeCanvas): boolean {
  return keep_still(video as HTMLVideoElement, canvas as unknown as HTMLCanvasElement);
}

test("a frame is drawn, not larger than a tile needs", () => {
  const canvas = new FakeCanvas();
  assert.equal(keep({ readyState: 2, videoWidth: 1920, videoHeight: 1080 }, canvas), true);
  assert.deepEqual({ ...canvas }, { width: 960, height: 540, drawn: 1 });
});

test("a video without a frame leaves the still as it was", () => {
  const canvas = new FakeCanvas();
  assert.equal(keep({ readyState: 0, videoWidth: 0, videoHeight: 0 }, canvas), false, "nothing loaded");
  assert.equal(keep({ readyState: 1, videoWidth: 1920, videoHeight: 1080 }, canvas), false, "size known, no frame");
  assert.equal(keep({ readyState: 4, videoWidth: 0, videoHeight: 0 }, canvas), false, "sound alone");
  assert.deepEqual({ ...canvas }, { width: 111, height: 99, drawn: 0 });
});
