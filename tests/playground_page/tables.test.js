import assert from "node:assert/strict";
import { test } from "node:test";

import { columnsByStrength, largest, strengths } from "../../src/lamina/playground/page/importance.js";
import { turned } from "../../src/lamina/playground/page/layer_maps.js";
import { differences } from "../../src/lamina/playground/page/run_differences.js";
import { USUAL } from "../../src/lamina/playground/page/address.js";

const WEIGHTS = { shape: [4, 2], data: Float32Array.of(3, -4, 0, 0, 1, 0, 0, -2) };

test("an input is as strong as all of its weights together", () => {
  assert.deepEqual(strengths(WEIGHTS), [5, 0, 1, 2]);
  assert.deepEqual(largest([5, 0, 1, 2], 3), [0, 3, 2]);
  assert.deepEqual(largest([1, 1, 2, 1], 9), [2, 0, 1, 3]);
});

test("a column that the network takes as several numbers counts with all of them", () => {
  const columns = [
    { name: "age", start: 0, width: 1 },
    { name: "color", start: 1, width: 3 },
  ];
  assert.deepEqual(columnsByStrength(columns, [2, 1.5, 0, 1.5]), ["color", "age"]);
  assert.deepEqual(columnsByStrength(columns, [3, 1.5, 0, 1.5]), ["age", "color"]);
  assert.deepEqual(columnsByStrength([{ name: "a" }, { name: "b" }], [1, 2]), ["a", "b"]);
});

test("a spectrogram is turned: moments to the right, the last band above", () => {
  const spectrogram = { shape: [3, 2, 1], data: Float32Array.of(1, 2, 3, 4, 5, 6) }; // three moments of two bands
  assert.deepEqual(turned(spectrogram, 0), { shape: [2, 3, 1], data: Float32Array.of(2, 4, 6, 1, 3, 5) });
  const maps = { shape: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4) };
  assert.deepEqual(turned(maps, 1), { shape: [2, 2, 1], data: Float32Array.of(2, 1, 4, 3) });
  const colors = { shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) };
  assert.deepEqual(turned(colors, 0), { shape: [2, 1, 2], data: Float32Array.of(3, 4, 1, 2) });
});

test("two runs differ in what their settings say, in the page's words", () => {
  assert.deepEqual(differences(USUAL, USUAL), []);
  const other = { ...USUAL, learning_rate: 0.1, network: "4 relu", features: ["x1", "x2", "x1^2"], loss: "hinge" };
  assert.deepEqual(differences(other, USUAL), [
    "features x1, x2, x1^2",
    "layers 4 relu",
    "learning rate 0.1",
    "loss hinge",
  ]);
  assert.deepEqual(differences(USUAL, other).at(-1), "loss as usual");
});
