/**
 * Small pictures of the toy data sets, for the buttons that choose them.
 */

import { SCALES, css, ofNumber } from "./colors.js";
import { drawMark } from "./marks.js";

/** @typedef {{ x: number, y: number, value: number }} ToyPoint from -1 to 1 each; a class is -1 or 1 */

const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** @type {Record<string, () => ToyPoint[]>} */
const SHAPES = {
  circle: () =>
    disc(46)
      .map(([x, y]) => ({ x, y, value: Math.hypot(x, y) < 0.52 ? 1 : -1 }))
      .filter(apart),
  exclusive_or: () =>
    grid(7)
      .map(([x, y]) => ({ x, y, value: x * y > 0 ? 1 : -1 }))
      .filter(({ x, y }) => Math.abs(x * y) > 1e-6),
  gauss: () =>
    [1, -1].flatMap((value) =>
      disc(20).map(([x, y]) => ({ x: 0.5 * value + 0.38 * x, y: 0.5 * value + 0.38 * y, value })),
    ),
  spiral: () => [1, -1].flatMap((value) => arm(22, value)),
  plane: () => grid(8).map(([x, y]) => ({ x, y, value: (x + y) / 2 })),
  multi_gauss: () => grid(8).map(([x, y]) => ({ x, y, value: Math.cos(2.6 * x) * Math.cos(2.6 * y) })),
};

/**
 * @param {string} name of a data set
 * @returns {ToyPoint[]} nothing for an unknown one
 */
export function toyPoints(name) {
  return SHAPES[name]?.() ?? [];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} side in CSS pixels
 * @param {"light" | "dark"} look
 */
export function drawToy(context, name, side, look) {
  context.clearRect(0, 0, side, side);
  const room = 0.42 * side;
  for (const { x, y, value } of toyPoints(name)) {
    const fill = css(ofNumber(value, SCALES[look]));
    drawMark(context, value < 0 ? 1 : 0, side / 2 + room * x, side / 2 - room * y, side / 30, { edge: fill, fill });
  }
}

/** @param {number} count */
function disc(count) {
  return Array.from({ length: count }, (_, place) => {
    const radius = Math.sqrt((place + 0.5) / count);
    return [radius * Math.cos(place * GOLDEN), radius * Math.sin(place * GOLDEN)];
  });
}

/** @param {number} side */
function grid(side) {
  return Array.from({ length: side * side }, (_, place) => [
    (2 * (place % side)) / (side - 1) - 1,
    (2 * Math.floor(place / side)) / (side - 1) - 1,
  ]);
}

/**
 * @param {number} count
 * @param {number} value
 */
function arm(count, value) {
  return Array.from({ length: count }, (_, place) => {
    const radius = (place + 1) / count;
    const angle = 1.6 * 2 * Math.PI * radius + (value > 0 ? 0 : Math.PI);
    return { x: radius * Math.sin(angle), y: radius * Math.cos(angle), value };
  });
}

/** @param {ToyPoint} point */
function apart({ x, y }) {
  return Math.abs(Math.hypot(x, y) - 0.6) > 0.12;
}
