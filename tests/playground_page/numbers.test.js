import assert from "node:assert/strict";
import { test } from "node:test";

import { counted, grouped, percent, short, signed, ticks, typed } from "../../src/lamina/playground/page/numbers.js";

test("three significant digits, a true minus, words for what is no number", () => {
  const cases = [
    [0, "0"],
    [0.0123456, "0.0123"],
    [12.345, "12.3"],
    [1234.5, "1235"],
    [-0.5, "−0.500"],
    [0.9996, "1.00"],
    [-9.996, "−10.0"],
    [99999.6, "1.00e+5"],
    [1.23456e-7, "1.23e−7"],
    [-250000, "−2.50e+5"],
  ];
  for (const [value, text] of cases) assert.equal(short(value), text);
  assert.equal(short(null), "–");
  assert.equal(short(NaN), "not a number");
  assert.equal(short(-Infinity), "−infinite");
});

test("the sign is shown on both sides of zero", () => {
  assert.deepEqual([0.25, 0, -0.25, null].map(signed), ["+0.250", "0", "−0.250", "–"]);
});

test("a small share never rounds to none, a large one never to all", () => {
  assert.deepEqual([0, 0.0002, 0.0425, 0.999, 1, null, NaN].map(percent), [
    "0 %",
    "< 0.1 %",
    "4.3 %",
    "99.9 %",
    "100 %",
    "–",
    "–",
  ]);
});

test("counts have their groups and their plural", () => {
  assert.equal(grouped(1234567), "1,234,567");
  assert.equal(counted(1, "class", "classes"), "1 class");
  assert.equal(counted(2000, "neuron"), "2,000 neurons");
});

test("what is typed is a number or nothing", () => {
  assert.deepEqual([" 0.5", "−2", "1,5", "1e-3", ".5", "3."].map(typed), [0.5, -2, 1.5, 0.001, 0.5, 3]);
  for (const text of ["", "abc", "1.2.3", "0x10", "1e999", "--1", "NaN"]) assert.equal(typed(text), null, text);
});

test("ticks are round, inside, and about as many as asked", () => {
  assert.deepEqual(ticks(0, 1, 3), [0, 0.5, 1]);
  assert.deepEqual(ticks(-6, 6, 4), [-5, 0, 5]);
  assert.deepEqual(ticks(2, 2, 4), [2]);
  for (const high of [0.0031, 0.7, 13, 4444]) {
    const made = ticks(0, high, 3);
    assert.ok(made.length >= 2 && made.length <= 6 && made.every((value) => value >= 0 && value <= high * (1 + 1e-9)));
  }
});
