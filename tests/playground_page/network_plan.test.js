import assert from "node:assert/strict";
import { test } from "node:test";

import { LARGEST, lineWidth, neighbor, plan } from "../../src/lamina/playground/page/network_plan.js";

test("every neuron has its place inside the drawing, every weight its line", () => {
  for (const sizes of [[2, 1], [2, 8, 8, 2], [7, 1, 24, 3], [1]]) {
    const made = plan(sizes, 500, 330);
    assert.deepEqual(
      made.columns.map((column) => column.length),
      sizes,
    );
    const weights = sizes.slice(1).reduce((sum, size, at) => sum + size * sizes[at], 0);
    assert.equal(made.lines.length, weights);
    for (const spot of made.columns.flat()) {
      assert.ok(spot.x - spot.size / 2 >= 0 && spot.x + spot.size / 2 <= made.width, `${sizes}: x ${spot.x}`);
      assert.ok(spot.y - spot.size / 2 >= 0 && spot.y + spot.size / 2 <= made.height, `${sizes}: y ${spot.y}`);
    }
  }
});

test("neurons of a column never overlap, however many there are", () => {
  for (const count of [2, 8, 16, 24]) {
    const [column] = plan([count, 1], 400, 330).columns;
    for (let at = 1; at < count; at++)
      assert.ok(column[at].y - column[at - 1].y >= column[at].size + 2, `${count} neurons`);
    assert.ok(column[0].size <= LARGEST);
  }
});

test("many layers make the drawing wider, not the columns closer", () => {
  const { width, columns } = plan([2, 4, 4, 4, 4, 4, 4, 4, 4, 1], 300, 330);
  assert.ok(width > 300);
  for (let at = 1; at < columns.length; at++) assert.ok(columns[at][0].x - columns[at - 1][0].x > 1.5 * LARGEST);
});

test("a line leaves its start at the right edge and reaches its end at the left one", () => {
  const { lines, columns } = plan([1, 1], 300, 200);
  const [x1, , , , , , x2] = lines[0].path
    .match(/-?[\d.]+/g)
    .map(Number)
    .flatMap((value, at) => (at === 0 ? [value] : [value]));
  assert.equal(x1, columns[0][0].x + columns[0][0].size / 2);
  assert.ok(Math.abs(x2 - (columns[1][0].x - columns[1][0].size / 2)) <= 0.1);
});

test("the width of a line grows with the size of its weight alone", () => {
  assert.equal(lineWidth(2, 2), 5);
  assert.equal(lineWidth(-2, 2), 5);
  assert.equal(lineWidth(0, 2), 0.5);
  assert.ok(lineWidth(0.5, 2) < lineWidth(-1, 2));
  assert.equal(lineWidth(NaN, 2), 0.5);
});

test("arrow keys lead to every neuron and never beyond", () => {
  const sizes = [2, 8, 3];
  assert.deepEqual(neighbor(sizes, 0, 0, "ArrowLeft"), [0, 0]);
  assert.deepEqual(neighbor(sizes, 0, 1, "ArrowDown"), [0, 1]);
  assert.deepEqual(neighbor(sizes, 2, 2, "ArrowRight"), [2, 2]);
  assert.deepEqual(neighbor(sizes, 1, 3, "ArrowUp"), [1, 2]);
  const seen = new Set(["0,0"]);
  const open = [[0, 0]];
  while (open.length) {
    const [layer, place] = open.pop();
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
      const next = neighbor(sizes, layer, place, key);
      if (!seen.has(String(next))) open.push(next);
      seen.add(String(next));
    }
  }
  assert.equal(seen.size, 13);
});
