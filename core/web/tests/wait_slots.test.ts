import assert from "node:assert/strict";
import { test } from "node:test";
import { WaitSlots } from "../src/player/wait_slots";

test("only so many wait, and who waits keeps the place until it is given back", () => {
  const slots = new WaitSlots(2);
  const [a, b, c] = [{}, {}, {}];
  assert.deepEqual([slots.take(a), slots.take(b), slots.take(c)], [true, true, false]);
  assert.equal(slots.take(a), true, "asked again");
  assert.equal(slots.take(c), false);
  slots.give_back(a);
  assert.equal(slots.take(c), true);
  assert.equal(slots.take(a), false);
  slots.give_back(a);
  assert.equal(slots.take(a), false, "what was not held is not given back");
});
