import assert from "node:assert/strict";
import { test } from "node:test";

import { tally } from "../../src/lamina/playground/page/confusion.js";
import { placeOf } from "../../src/lamina/playground/page/history.js";
import { takesKeys } from "../../src/lamina/playground/page/keyboard.js";
import { biasOf, columnsOf, weightOf } from "../../src/lamina/playground/page/network_columns.js";
import { bytesOf, joined, loudness } from "../../src/lamina/playground/page/samples.js";
import { Store } from "../../src/lamina/playground/page/store.js";
import { toyPoints } from "../../src/lamina/playground/page/toy_icons.js";
import { kindOf, penalties } from "../../src/lamina/playground/page/training_panel.js";

const DENSE = (number, inputs, units) => ({
  number,
  name: `Dense(${units})`,
  kind: "dense",
  shape: [units],
  words: "",
  activation: "tanh",
  arrays: [
    { array: `${number - 1}/weight`, shape: [inputs, units] },
    { array: `${number - 1}/bias`, shape: [units] },
  ],
});
const FEATURES = {
  number: 1,
  name: "PlaneFeatures(x1, x2)",
  kind: "features",
  shape: [2],
  words: "",
  activation: "",
  arrays: [],
};
const RUN = {
  settings: { data: "circle", features: ["x1", "x2"] },
  classes: ["blue", "orange"],
  target: "class",
  input: "plane",
  input_shape: [2],
  layers: [FEATURES, DENSE(2, 2, 3), DENSE(3, 3, 2)],
};
const frame = (run, step, more = {}) => ({
  kind: "frame",
  run,
  step,
  curve: [{ epoch: step, train: 1, validation: 1, test: 1 }],
  ...more,
});

/** A store whose work is done when the test says so. */
function waiting() {
  const works = [];
  return {
    store: new Store((work) => works.push(work)),
    flush: () => works.splice(0).forEach((work) => work()),
    works,
  };
}

test("the columns of a network: features, hidden layers, one output a class", () => {
  const columns = columnsOf(RUN, undefined);
  assert.deepEqual(
    columns.map((column) => [column.layer, column.kind, column.shown]),
    [
      [1, "input", [0, 1]],
      [2, "hidden", [0, 1, 2]],
      [3, "output", [0, 1]],
    ],
  );
  assert.deepEqual(columns[0].names, ["x₁", "x₂"]);
  assert.deepEqual(columns[2].names, ["blue", "orange"]);
});

test("a norm and a dropout belong to the layer before them; a convolution is no column", () => {
  const norm = {
    ...FEATURES,
    number: 3,
    kind: "batchnorm",
    name: "BatchNorm()",
    words: "batchnorm",
    arrays: [{ array: "2/scale", shape: [3] }],
  };
  const columns = columnsOf({ ...RUN, layers: [FEATURES, DENSE(2, 2, 3), norm, { ...DENSE(4, 3, 2) }] }, undefined);
  assert.deepEqual(
    columns.map((column) => column.behind),
    [[], ["batchnorm"], []],
  );
  const filters = { ...FEATURES, kind: "conv2d", arrays: [{ array: "0/weight", shape: [3, 3, 1, 8] }] };
  assert.equal(columnsOf({ ...RUN, layers: [filters, DENSE(2, 8, 2)] }, undefined), null);
});

test("many inputs are drawn in part, a picture as one, names only where they fit", () => {
  const [inputs] = columnsOf(
    { ...RUN, input: "table", input_shape: [40], layers: [DENSE(1, 40, 2)] },
    { inputs: ["age"] },
  );
  assert.deepEqual([inputs.shown.length, inputs.all, inputs.names[3]], [24, 40, "input 3"]);
  const [picture] = columnsOf(
    { ...RUN, input: "picture", input_shape: [8, 8, 1], layers: [DENSE(2, 64, 2)] },
    undefined,
  );
  assert.deepEqual([picture.shown, picture.names], [[0], ["picture, 8 × 8"]]);
});

test("weights lie row by row: from the input, to the unit", () => {
  const arrays = {
    "params/1/weight": { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    "params/1/bias": { shape: [3], data: Float32Array.of(7, 8, 9) },
  };
  const column = columnsOf(RUN, undefined)[1];
  assert.equal(weightOf(arrays, column, 1, 0), 4);
  assert.equal(biasOf(arrays, column, 2), 9);
  assert.equal(weightOf({}, column, 1, 0), null);
  assert.equal(weightOf(arrays, column, 5, 0), null); // of the network before, whose frame is still shown
});

test("many frames in one picture of the screen call a panel once", () => {
  const { store, flush, works } = waiting();
  let called = 0;
  store.on(["frame", "state"], () => (called += 1));
  store.takeFrame(frame("a", 1), {});
  store.takeFrame(frame("a", 2), {});
  assert.equal(works.length, 1);
  flush();
  assert.equal(called, 1);
  assert.equal(store.position.frame.step, 2);
});

test("a frame keeps the arrays that it leaves out; a new start drops the old curve", () => {
  const { store } = waiting();
  const weights = { shape: [1], data: Float32Array.of(1) };
  store.takeFrame(frame("a", 1), { "params/0/bias": weights });
  store.takeFrame(frame("a", 2), {});
  assert.equal(store.position.arrays["params/0/bias"], weights);
  assert.deepEqual(
    store.position.curve.map((point) => point.epoch),
    [1, 2],
  );
  store.takeFrame(frame("a", 0, { curve_from_start: true }), {});
  assert.deepEqual(
    store.position.curve.map((point) => point.epoch),
    [0],
  );
  assert.deepEqual(store.position.arrays, {});
});

test("a curve never grows without end, and keeps its newest point", () => {
  const { store } = waiting();
  for (let step = 0; step < 9000; step++) store.takeFrame(frame("a", step), {});
  assert.ok(store.position.curve.length <= 4000);
  assert.equal(store.position.curve.at(-1).epoch, 8999);
});

test("a run that is gone is forgotten and no longer looked at", () => {
  const { store } = waiting();
  store.takeState({ runs: { a: RUN, b: RUN }, data: [] });
  store.takeFrame(frame("b", 1), {});
  store.select("b");
  store.takeState({ runs: { a: RUN }, data: [] });
  assert.equal(store.selected, "a");
  assert.deepEqual(Object.keys(store.positions), []);
});

test("what was measured on other data is void", () => {
  const { store } = waiting();
  const on = (data) => ({ runs: { a: { ...RUN, settings: { data } } }, data: [{ run: "a", name: data }] });
  store.takeState(on("circle"));
  store.takeFrame(frame("a", 1), {});
  store.takeState(on("circle"));
  assert.equal(store.position.frame.step, 1);
  store.takeState(on("spiral"));
  assert.equal(store.position, null);
  assert.equal(store.data.a.name, "spiral");
});

test("the slider stands at what is shown, else at the end", () => {
  const snapshots = [{ number: 0 }, { number: 4 }, { number: 9 }];
  assert.deepEqual(
    [0, 4, 9, null, 7].map((shown) => placeOf(snapshots, shown)),
    [0, 1, 2, 2, 2],
  );
});

test("confusion is counted by rows of the truth", () => {
  assert.deepEqual(
    tally([
      [8, 2, 0],
      [1, 9, 0],
      [0, 0, 0],
    ]),
    { right: 17, all: 20, recall: [0.8, 0.9, null] },
  );
});

test("a penalty goes to its own field and the others to nothing", () => {
  for (const kind of ["", "l1", "l2", "both", "weight_decay"]) assert.equal(kindOf(penalties(kind, 0.01)), kind);
  assert.deepEqual(penalties("l1", 0.01), { l1: 0.01, l2: 0, weight_decay: 0 });
});

test("sound is joined in its order, its bytes have the lowest first", () => {
  const whole = joined([Float32Array.of(0, 1), Float32Array.of(-1)]);
  assert.deepEqual([...whole], [0, 1, -1]);
  assert.deepEqual([...bytesOf(Float32Array.of(1))], [0, 0, 128, 63]);
  assert.equal(loudness(Float32Array.of(0.5, -0.5)), 0.5);
  assert.equal(loudness(new Float32Array(0)), 0);
});

test("the pictures of the toy sets show both classes inside their frame", () => {
  for (const name of ["circle", "exclusive_or", "gauss", "spiral", "plane", "multi_gauss"]) {
    const points = toyPoints(name);
    assert.ok(points.length >= 30, name);
    assert.ok(points.some(({ value }) => value < 0) && points.some(({ value }) => value > 0), name);
    for (const { x, y, value } of points) assert.ok(Math.abs(x) <= 1 && Math.abs(y) <= 1 && Math.abs(value) <= 1, name);
  }
  assert.deepEqual(toyPoints("unknown"), []);
});

test("a field keeps its keys, a button its space", () => {
  const at = (...matching) => ({
    closest: (selector) =>
      matching.some((name) => selector.split(/,\s*/).some((part) => part.startsWith(name))) ? {} : null,
  });
  assert.equal(takesKeys(null, " "), false);
  assert.equal(takesKeys(at("textarea"), "r"), true);
  assert.equal(takesKeys(at("button"), " "), true);
  assert.equal(takesKeys(at("button"), "r"), false);
});
