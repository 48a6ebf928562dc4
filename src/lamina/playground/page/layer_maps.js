/**
 * An example as the network sees it, what in it mattered, and what layers make of it.
 */

import { SCALES, blend, css, look, ofNumber } from "./colors.js";
import { element, set } from "./elements.js";
import { largestOf } from "./heat_map.js";
import { signed } from "./numbers.js";

/** @typedef {import("./protocol.js").Numbers} Numbers */

const [MOST_MAPS, MOST_CELLS] = [32, 128];

/**
 * A canvas with one color a place.
 * @param {number} rows
 * @param {number} columns
 * @param {(place: number) => import("./colors.js").Color} color
 * @param {string} name
 */
function painted(rows, columns, color, name) {
  const canvas = element("canvas", { width: columns, height: rows, role: "img", "aria-label": name });
  const image = new ImageData(columns, rows);
  for (let place = 0; place < rows * columns; place++) image.data.set([...color(place), 255], 4 * place);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Rows as columns and columns as rows, the last column above.
 * @param {Numbers} found three axes
 * @param {number} first the axis of the rows; the columns are the next one
 * @returns {Numbers}
 */
export function turned({ data, shape }, first) {
  const [rows, columns] = [shape[first], shape[first + 1]];
  const [outer, inner] = first === 0 ? [1, shape[2]] : [shape[0], 1];
  const made = new Float32Array(data.length);
  for (let place = 0; place < data.length; place++) {
    const [row, column] = [Math.floor(place / (columns * inner)) % rows, Math.floor(place / inner) % columns];
    const block = Math.floor(place / (rows * columns * inner));
    made[((block * columns + columns - 1 - column) * rows + row) * inner + (place % inner)] = data[place];
  }
  return { data: made, shape: first === 0 ? [columns, rows, inner] : [outer, columns, rows] };
}

/** @param {Numbers} picture (height, width, channels) */
export function gray({ data, shape: [rows, columns, channels] }) {
  const [low, high] = [Math.min(...data), Math.max(...data)];
  const level = (/** @type {number} */ value) => Math.round((255 * (value - low)) / (high - low || 1));
  const canvas = painted(
    rows,
    columns,
    (place) => {
      const first = place * channels;
      const three = channels >= 3 ? [0, 1, 2] : [0, 0, 0];
      return /** @type {[number, number, number]} */ (three.map((channel) => level(data[first + channel])));
    },
    "What the network sees",
  );
  set(canvas, { class: "seen" });
  return canvas;
}

/** @param {Numbers} found of the input's shape */
export function mattered({ data, shape: [rows, columns, channels] }) {
  const sums = new Float32Array(rows * columns);
  for (let at = 0; at < sums.length * channels; at++) sums[Math.floor(at / channels)] += data[at];
  const largest = largestOf(sums);
  const canvas = painted(rows, columns, (place) => ofNumber(sums[place] / largest, SCALES[look()]), "What mattered");
  set(canvas, { class: "seen" });
  return canvas;
}

/** @param {Numbers} found (maps, height, width) */
export function mapsOf({ data, shape: [count, rows, columns] }) {
  const size = rows * columns;
  const maps = Array.from({ length: Math.min(count, MOST_MAPS) }, (_, at) => {
    const values = /** @type {Float32Array} */ (data.slice(at * size, (at + 1) * size));
    const largest = largestOf(values);
    return painted(rows, columns, (place) => ofNumber(values[place] / largest, SCALES[look()]), `map ${at}`);
  });
  return element(
    "div",
    { class: "maps" },
    ...maps,
    count > MOST_MAPS && element("span", { class: "quiet" }, `and ${count - MOST_MAPS} more`),
  );
}

/** @param {Numbers} found (neurons,): a strip, one cell a neuron */
export function rowOf({ data }) {
  const largest = largestOf(data);
  const scale = SCALES[look()];
  const cells = [...data.subarray(0, MOST_CELLS)].map((value, place) => {
    const cell = element("span", { class: "cell", title: `neuron ${place}: ${signed(value)}` });
    cell.style.backgroundColor = css(ofNumber(value / largest, scale));
    cell.style.borderColor = css(blend(ofNumber(value / largest, scale), [128, 128, 128], 0.4));
    return cell;
  });
  return element("div", { class: "cells" }, ...cells);
}
