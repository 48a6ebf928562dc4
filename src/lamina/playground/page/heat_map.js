/**
 * A square of numbers as a picture: what a neuron or the whole network gives at each place of the plane.
 */

import { likeliest, ofNumber, ofShares } from "./colors.js";

/** @typedef {import("./colors.js").Scale} Scale */
/** @typedef {import("./colors.js").Color} Color */

/** One small canvas for all maps: each is painted there point by point, then drawn larger. */
/** @type {HTMLCanvasElement | null} */
let small = null;

/**
 * The colors of a map of numbers, four bytes a place.
 * @param {ArrayLike<number>} values row by row from the upper left
 * @param {number} largest in size: it has the full color
 * @param {Scale} scale
 * @param {boolean} discrete only the sign counts
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function colored(values, largest, scale, discrete) {
  return painted(values.length, (place) => {
    const share = largest > 0 ? values[place] / largest : 0;
    return ofNumber(discrete ? Math.sign(share) : share, scale);
  });
}

/**
 * The colors of a map of shares of classes.
 * @param {ArrayLike<number>} shares place after place, in each class after class
 * @param {number} classes
 * @param {Scale} scale
 * @param {boolean} discrete only the likeliest counts
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function coloredShares(shares, classes, scale, discrete) {
  return painted(shares.length / classes, (place) => {
    const here = Array.from({ length: classes }, (_, at) => shares[place * classes + at]);
    if (!discrete) return ofShares(here, scale);
    const best = likeliest(here);
    return ofShares(
      here.map((_, at) => (at === best ? 1 : 0)),
      scale,
    );
  });
}

/**
 * @param {number} places
 * @param {(place: number) => Color} color
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
function painted(places, color) {
  const bytes = new Uint8ClampedArray(4 * places);
  for (let place = 0; place < places; place++) {
    const [red, green, blue] = color(place);
    bytes[4 * place] = red;
    bytes[4 * place + 1] = green;
    bytes[4 * place + 2] = blue;
    bytes[4 * place + 3] = 255;
  }
  return bytes;
}

/**
 * The largest number in size; 1 where all are nothing, so that a dead neuron is blank.
 * @param {ArrayLike<number>} values
 * @returns {number}
 */
export function largestOf(values) {
  let largest = 0;
  for (let place = 0; place < values.length; place++) {
    const size = Math.abs(values[place]);
    if (size > largest && Number.isFinite(size)) largest = size;
  }
  return largest || 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Uint8ClampedArray<ArrayBuffer>} bytes of a square map
 * @param {number} side in CSS pixels
 * @param {boolean} [smooth]
 */
export function drawMap(context, bytes, side, smooth = true) {
  const points = Math.round(Math.sqrt(bytes.length / 4));
  small ??= document.createElement("canvas");
  if (small.width !== points) small.width = small.height = points;
  small.getContext("2d")?.putImageData(new ImageData(bytes, points, points), 0, 0);
  context.imageSmoothingEnabled = smooth;
  context.drawImage(small, 0, 0, points, points, 0, 0, side, side);
}

/**
 * The border between two signs or classes: dark on a light line, so that it is seen on every color.
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number, number, number][]} pieces from 0 to 1
 * @param {number} side
 * @param {number} [width] of the dark line
 */
export function drawBorder(context, pieces, side, width = 1.2) {
  context.beginPath();
  for (const [x1, y1, x2, y2] of pieces) {
    context.moveTo(x1 * side, y1 * side);
    context.lineTo(x2 * side, y2 * side);
  }
  context.lineCap = "round";
  for (const [color, wide] of /** @type {[string, number][]} */ ([
    ["rgb(255 255 255 / 60%)", 2.4 * width],
    ["rgb(20 24 32 / 80%)", width],
  ])) {
    context.strokeStyle = color;
    context.lineWidth = wide;
    context.stroke();
  }
}

/**
 * The pieces of the border between positive and negative, or between classes: pairs of points from 0 to 1.
 * A border that is drawn tells where the sign changes without any color.
 * @param {ArrayLike<number>} values of a square map: numbers, or (integral) classes
 * @param {(value: number) => number} kind what must be equal on both sides
 * @returns {[number, number, number, number][]}
 */
export function border(values, kind) {
  const points = Math.round(Math.sqrt(values.length));
  const step = 1 / points;
  /** @type {[number, number, number, number][]} */
  const pieces = [];
  for (let row = 0; row < points; row++) {
    for (let column = 0; column < points; column++) {
      const here = kind(values[row * points + column]);
      const [left, top] = [column * step, row * step];
      if (column + 1 < points && here !== kind(values[row * points + column + 1]))
        pieces.push([left + step, top, left + step, top + step]);
      if (row + 1 < points && here !== kind(values[(row + 1) * points + column]))
        pieces.push([left, top + step, left + step, top + step]);
    }
  }
  return pieces;
}

/**
 * The same border as a smooth line for numbers: where the value crosses zero between neighboring places.
 * @param {ArrayLike<number>} values of a square map, each at the middle of its place
 * @returns {[number, number, number, number][]}
 */
export function zeroLine(values) {
  const points = Math.round(Math.sqrt(values.length));
  /** @type {[number, number, number, number][]} */
  const pieces = [];
  for (let row = 0; row + 1 < points; row++) {
    for (let column = 0; column + 1 < points; column++) {
      const at = row * points + column;
      const cell = [values[at], values[at + 1], values[at + points + 1], values[at + points]];
      if (cell.every((value) => value < 0) || cell.every((value) => value >= 0)) continue;
      const met = crossings(cell).map(([x, y]) => [(column + x + 0.5) / points, (row + y + 0.5) / points]);
      for (let first = 0; first + 1 < met.length; first += 2)
        pieces.push([met[first][0], met[first][1], met[first + 1][0], met[first + 1][1]]);
    }
  }
  return pieces;
}

const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

/**
 * Where the sides of a cell are crossed, in the order of its corners.
 * @param {number[]} cell the values at its four corners, clockwise
 * @returns {[number, number][]}
 */
function crossings(cell) {
  /** @type {[number, number][]} */
  const met = [];
  for (let side = 0; side < 4; side++) {
    const [a, b] = [cell[side], cell[(side + 1) % 4]];
    if (a < 0 === b < 0) continue;
    const share = a / (a - b);
    const [from, to] = [CORNERS[side], CORNERS[(side + 1) % 4]];
    met.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
  }
  return met;
}

/**
 * The border between the classes. Of two it is smooth: where both are equally likely.
 * @param {Uint8Array} classes
 * @param {Uint8Array} certainty
 * @param {boolean} two
 */
export function classBorder(classes, certainty, two) {
  if (!two) return border(classes, (value) => value);
  return zeroLine(Float32Array.from(classes, (one, place) => (one ? -1 : 1) * (certainty[place] / 255 - 0.5)));
}
