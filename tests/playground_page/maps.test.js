import assert from "node:assert/strict";
import { test } from "node:test";

import { CLASSES, SCALES, likeliest, ofClass, ofNumber, ofShares } from "../../src/lamina/playground/page/colors.js";
import { border, classBorder, colored, largestOf, zeroLine } from "../../src/lamina/playground/page/heat_map.js";
import { corners, form } from "../../src/lamina/playground/page/marks.js";

test("zero has the paper's color, both ends their own, what lies beyond no other", () => {
  for (const scale of Object.values(SCALES)) {
    assert.deepEqual(ofNumber(0, scale), [...scale.zero]);
    assert.deepEqual(ofNumber(1, scale), [...scale.positive]);
    assert.deepEqual(ofNumber(-7, scale), [...scale.negative]);
    assert.deepEqual(ofNumber(NaN, scale), [...scale.zero]);
    assert.deepEqual(ofNumber(Infinity, scale), [...scale.positive]);
  }
});

test("blue and orange differ in lightness from the paper, so that they are seen in gray as well", () => {
  const lightness = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  for (const { negative, zero, positive } of Object.values(SCALES))
    for (const color of [negative, positive]) assert.ok(Math.abs(lightness(color) - lightness(zero)) > 80);
});

test("neighboring classes differ in color and in form", () => {
  for (let place = 0; place < 6; place++) {
    assert.notDeepEqual(ofClass(place), ofClass(place + 1));
    assert.notEqual(form(place), form(place + 1));
  }
  assert.equal(new Set(CLASSES.map(String)).size, CLASSES.length);
});

test("the forms lie around their middle", () => {
  for (const kind of ["square", "triangle", "diamond", "cross", "down"]) {
    const points = corners(kind, 10, 20, 4);
    assert.ok(points.length >= 3);
    for (const [x, y] of points) assert.ok(Math.hypot(x - 10, y - 20) < 6.5, kind);
  }
});

test("the surer, the stronger the color of the likeliest class", () => {
  const scale = SCALES.light;
  const away = (color) => Math.hypot(...color.map((value, at) => value - scale.zero[at]));
  assert.ok(away(ofShares([0.9, 0.1], scale)) > away(ofShares([0.6, 0.4], scale)));
  assert.equal(likeliest([0.2, 0.5, 0.3]), 1);
});

test("a map is opaque, and discrete colors know the sign alone", () => {
  const bytes = colored([-0.1, 0.4, 0, 1], 1, SCALES.light, true);
  assert.deepEqual([...bytes.slice(0, 3)], [...SCALES.light.negative]);
  assert.deepEqual([...bytes.slice(4, 7)], [...SCALES.light.positive]);
  assert.deepEqual(
    [3, 7, 11, 15].map((at) => bytes[at]),
    [255, 255, 255, 255],
  );
});

test("a dead neuron's map divides by nothing", () => {
  assert.equal(largestOf([0, 0]), 1);
  assert.equal(largestOf([NaN, -3, Infinity]), 3);
});

test("the border stands between what differs and nowhere else", () => {
  assert.deepEqual(
    border([0, 0, 0, 0], (value) => value),
    [],
  );
  assert.deepEqual(
    border([0, 1, 0, 1], (value) => value),
    [
      [0.5, 0, 0.5, 0.5],
      [0.5, 0.5, 0.5, 1],
    ],
  );
});

test("the line of zero of a plane is straight and where the plane is zero", () => {
  const side = 20;
  const values = Array.from({ length: side * side }, (_, place) => ((place % side) + 0.5) / side - 0.3);
  const pieces = zeroLine(values);
  assert.equal(pieces.length, side - 1);
  for (const [x1, , x2] of pieces) assert.ok(Math.abs(x1 - 0.3) < 1e-9 && Math.abs(x2 - 0.3) < 1e-9);
  assert.deepEqual(zeroLine(values.map((value) => value + 1)), []);
});

test("the border of two classes runs where both are equally likely, between the places of the map", () => {
  const pieces = classBorder(Uint8Array.of(0, 1, 0, 1), Uint8Array.of(230, 153, 230, 153), true);
  const expected = 0.25 + 0.5 * ((230 / 255 - 0.5) / (230 / 255 - 0.5 + (153 / 255 - 0.5)));
  assert.equal(pieces.length, 1);
  for (const x of [pieces[0][0], pieces[0][2]]) assert.ok(Math.abs(x - expected) < 1e-6);
  assert.deepEqual(
    classBorder(Uint8Array.of(0, 2, 0, 2), new Uint8Array(4), false),
    border([0, 2, 0, 2], (value) => value),
  );
});
