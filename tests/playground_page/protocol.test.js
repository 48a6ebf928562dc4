import assert from "node:assert/strict";
import { test } from "node:test";

import { base64, mapOf, unpacked, upright } from "../../src/lamina/playground/page/protocol.js";

/** A binary message as the protocol's text says it is made. */
function packed(header, arrays) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const pieces = [new Uint8Array(new Uint32Array([text.length]).buffer), text];
  const length = () => pieces.reduce((sum, piece) => sum + piece.length, 0);
  const pad = () => pieces.push(new Uint8Array((4 - (length() % 4)) % 4));
  pad();
  for (const array of arrays) {
    pieces.push(new Uint8Array(array.buffer));
    pad();
  }
  const whole = new Uint8Array(length());
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.buffer;
}

test("a message of every length of header gives its arrays back", () => {
  for (const name of ["a", "ab", "abc", "äbcd"]) {
    const header = {
      kind: "frame",
      run: name,
      arrays: [
        { name: "map/1", type: "uint8", shape: [1, 1, 3] },
        { name: "params/1/weight", type: "float32", shape: [2, 1] },
      ],
    };
    const { header: got, arrays } = unpacked(
      packed(header, [new Uint8Array([1, 2, 255]), new Float32Array([0.5, -2])]),
    );
    assert.equal(got.run, name);
    assert.deepEqual([...arrays["map/1"].data], [1, 2, 255]);
    assert.deepEqual([...arrays["params/1/weight"].data], [0.5, -2]);
    assert.deepEqual(arrays["params/1/weight"].shape, [2, 1]);
  }
});

test("a message that is cut off is an error and no nonsense", () => {
  const whole = packed({ kind: "frame", arrays: [{ name: "x", type: "float32", shape: [4] }] }, [new Float32Array(4)]);
  assert.throws(() => unpacked(whole.slice(0, whole.byteLength - 8)));
  assert.throws(() => unpacked(whole.slice(0, 9)));
});

test("a neuron's map is turned upright and has its own span", () => {
  const maps = { shape: [2, 2, 2], data: new Uint8Array([0, 0, 0, 0, 0, 51, 204, 255]) };
  const values = [...mapOf(maps, 1, -1, 1)].map((value) => Math.round(value * 100) / 100);
  assert.deepEqual(values, [0.6, 1, -1, -0.6]);
});

test("the highest row comes first", () => {
  assert.deepEqual([...upright({ shape: [2, 2], data: new Uint8Array([1, 2, 3, 4]) })], [3, 4, 1, 2]);
});

test("bytes of any number are base64", () => {
  for (const count of [0, 1, 2, 3, 8192, 20001]) {
    const bytes = Uint8Array.from({ length: count }, (_, place) => (place * 7) % 256);
    assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
  }
});
