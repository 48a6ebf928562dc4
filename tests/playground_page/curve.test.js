import assert from "node:assert/strict";
import { test } from "node:test";

import { marks, nearest, path, range, spread, thinned, up } from "../../src/lamina/playground/page/curve.js";

const BOX = { left: 40, top: 10, width: 200, height: 100 };
const POINTS = [
  { epoch: 0, train: 0.8, test: 1 },
  { epoch: 5, train: 0.4, test: null },
  { epoch: 10, train: 0.2, test: 0.5 },
];

test("the axes span all losses, and zero where they are not logarithmic", () => {
  assert.deepEqual(range(POINTS, false), { low: 0, high: 1.06, last: 10, logarithmic: false });
  const seen = range(POINTS, true);
  assert.ok(seen.low < 0.2 && seen.low > 0.1 && seen.high > 1);
});

test("losses that are no number neither stretch the axes nor are bridged", () => {
  const broken = [...POINTS, { epoch: 20, train: NaN, test: Infinity }];
  assert.equal(range(broken, false).high, 1.06);
  const seen = range(POINTS, false);
  assert.equal(path(POINTS, "test", seen, BOX).match(/M/g).length, 2);
  assert.equal(path(POINTS, "train", seen, BOX).match(/M/g).length, 1);
});

test("two runs beside each other share their axes: the longer one sets the end", () => {
  assert.equal(range([...POINTS, { epoch: 3, train: 2, test: 2 }], false).last, 10);
  assert.equal(range([{ epoch: 3, train: 2, test: 2 }, ...POINTS], false).high, 2.12);
});

test("nothing seen yet is an empty drawing with axes", () => {
  const seen = range([], false);
  assert.equal(path([], "train", seen, BOX), "");
  assert.ok(marks(seen).length >= 2);
  assert.ok(marks(range([], true)).every((value) => value > 0));
});

test("high is up, and a logarithmic axis puts the geometric middle in the middle", () => {
  const linear = { low: 0, high: 1, last: 10, logarithmic: false };
  assert.equal(up(1, linear, BOX), 10);
  assert.equal(up(0, linear, BOX), 110);
  assert.ok(Math.abs(up(0.1, { low: 0.01, high: 1, last: 10, logarithmic: true }, BOX) - 60) < 1e-9);
});

test("a long curve keeps its ends and real points", () => {
  const long = Array.from({ length: 5000 }, (_, epoch) => ({ epoch, train: Math.sin(epoch), test: null }));
  const drawn = thinned(long, 300);
  assert.equal(drawn.length, 300);
  assert.equal(drawn[0], long[0]);
  assert.equal(drawn[299], long[4999]);
  assert.equal(new Set(drawn).size, 300);
});

test("the pointer reads the nearest point", () => {
  const seen = range(POINTS, false);
  assert.equal(nearest(POINTS, BOX.left + 0.55 * BOX.width, seen, BOX), POINTS[1]);
  assert.equal(nearest([], 100, seen, BOX), null);
});

test("labels stay apart and inside", () => {
  for (const heights of [
    [50, 51],
    [51, 50],
    [109, 110],
    [110, 110],
    [20, 90],
  ]) {
    const placed = spread(heights, 13, BOX);
    assert.ok(Math.abs(placed[0] - placed[1]) >= 13 - 1e-9, String(heights));
    assert.ok(placed.every((height) => height <= 110));
  }
  assert.deepEqual(spread([20, 90], 13, BOX), [20, 90]);
});
