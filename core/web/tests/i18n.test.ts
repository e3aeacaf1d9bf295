import assert from "node:assert/strict";
import { test } from "node:test";
import { choose_language } from "../src/i18n/choose";
import { en } from "../src/i18n/en";
import { id } from "../src/i18n/id";

type Entry = string | ((...values: unknown[]) => string);

const kSame = new Set(["area", "open_camera"]);

test("both dictionaries hold the same keys, none of them empty", () => {
  assert.deepEqual(Object.keys(id).sort(), Object.keys(en).sort());
  for (const [key, entry] of [...Object.entries<Entry>(en as never), ...Object.entries<Entry>(id as never)]) {
    const text = typeof entry === "string" ? entry : entry("X1", "X2", "X3");
    assert.notEqual(text.trim(), "", key);
  }
});

test("functions use every value they are given, in both languages", () => {
  for (const dictionary of [en, id]) {
    for (const [key, entry] of Object.entries<Entry>(dictionary as never)) {
      if (typeof entry === "function") {
        const values = Array.from({ length: entry.length }, (_, index) => `<${index}>`);
        const text = entry(...values);
        values.forEach((value) => assert.ok(text.includes(value), `${key} drops ${value}`));
      }
    }
  }
});

test("nothing was left in English by mistake", () => {
  for (const [key, entry] of Object.entries<Entry>(en as never)) {
    const other = (id as unknown as Record<string, Entry>)[key];
    if (typeof entry === "string" && !kSame.has(key)) {
      assert.notEqual(other, entry, key);
    }
  }
});

test("the remembered language wins, then the browser's, then English", () => {
  assert.equal(choose_language("en", "id-ID"), "en");
  assert.equal(choose_language("id", "en-US"), "id");
  assert.equal(choose_language(null, "id"), "id");
  assert.equal(choose_language(null, "id-ID"), "id");
  assert.equal(choose_language(null, "in-ID"), "id");
  assert.equal(choose_language(null, "it-IT"), "en");
  assert.equal(choose_language("klingon", "fr-FR"), "en");
});
