import assert from "node:assert/strict";
import { test } from "node:test";

import { USUAL, USUAL_VIEW, differing, read, written } from "../../src/lamina/playground/page/address.js";
import { changed, grown, hiddenOf, parsed, written as words } from "../../src/lamina/playground/page/network_words.js";

test("what is written into the address is read again", () => {
  const settings = {
    ...USUAL,
    data: "circle",
    network: "4 relu, dropout 0.2",
    features: ["x1", "sin(x2)"],
    learning_rate: 0.1,
  };
  const view = { ...USUAL_VIEW, test: true, look: "dark", hide: ["noise", "rate"] };
  const back = read(written("a&b=c", settings, view));
  assert.equal(back.token, "a&b=c");
  assert.deepEqual({ ...USUAL, ...back.settings }, settings);
  assert.deepEqual(back.view, view);
});

test("only what differs stands in the address", () => {
  assert.equal(written("T", USUAL, USUAL_VIEW), "#token=T");
  assert.deepEqual(differing({ ...USUAL, seed: 3 }, USUAL), { seed: 3 });
});

test("an address that was tampered with gives the usual settings and no error", () => {
  for (const fragment of [
    "",
    "#",
    "#token",
    "#settings=%7B",
    "#token=a&settings=%ZZ",
    "#settings=[1]",
    "#settings=null",
  ]) {
    assert.deepEqual(read(fragment).settings, {}, fragment);
    assert.deepEqual(read(fragment).view, USUAL_VIEW);
  }
  const wrong = {
    learning_rate: "fast",
    __proto__: { data: "x" },
    constructor: 1,
    features: [1],
    seed: 5,
    unknown: true,
  };
  assert.deepEqual(read(`#settings=${encodeURIComponent(JSON.stringify(wrong))}`).settings, { seed: 5 });
});

test("hidden layers in words are values and words again", () => {
  const cases = [
    "8 tanh",
    "8 tanh, 4 relu",
    "8 tanh, batchnorm, dropout 0.2, 3 linear",
    "16 leaky_relu, layernorm",
    "",
  ];
  for (const text of cases) assert.equal(words(parsed(text)), text);
  assert.deepEqual(parsed(" 8   tanh ,dropout .5"), [{ units: 8, activation: "tanh", norm: "", dropout: 0.5 }]);
});

test("what is more than dense layers is left to its words", () => {
  for (const text of [
    "conv 16 relu, pool",
    "cnn",
    "default",
    "dropout 0.2, 8 relu",
    "8 tanh, batchnorm, layernorm",
    "8 tanh, dropout 0.1, batchnorm",
    "8 tanh relu",
  ])
    assert.equal(parsed(text), null, text);
});

test("layers are changed and added, the others stay", () => {
  const two = parsed("8 tanh, 4 relu, dropout 0.5");
  assert.equal(words(changed(two, 0, { units: 9, norm: "batchnorm" })), "9 tanh, batchnorm, 4 relu, dropout 0.5");
  assert.equal(words(grown(two)), "8 tanh, 4 relu, dropout 0.5, 4 relu");
  assert.equal(words(grown([])), "8 tanh");
  assert.equal(words(two), "8 tanh, 4 relu, dropout 0.5");
});

test("layers that the library has chosen are changed like one's own, where it can tell them", () => {
  const chosen = [
    { kind: "dense", words: "64 relu" },
    { kind: "dropout", words: "dropout 0.1" },
    { kind: "dense", words: "" },
  ];
  assert.equal(words(hiddenOf({ settings: { network: "default" }, layers: chosen })), "64 relu, dropout 0.1");
  assert.equal(words(hiddenOf({ settings: { network: "4 tanh" }, layers: chosen })), "4 tanh");
  assert.equal(
    hiddenOf({ settings: { network: "cnn" }, layers: [{ kind: "convolution", words: "conv 8 relu" }, ...chosen] }),
    null,
  );
  assert.equal(hiddenOf({ settings: { network: "default" }, layers: [{ kind: "other", words: "" }, ...chosen] }), null);
});
