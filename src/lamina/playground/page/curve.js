/**
 * The course of the losses as lines: which points are drawn, where, and what stands at the axes.
 */

import { ticks } from "./numbers.js";

/** @typedef {{ epoch: number, train: number | null, test: number | null }} Point */
/** @typedef {{ left: number, top: number, width: number, height: number }} Box */
/** @typedef {{ low: number, high: number, last: number, logarithmic: boolean }} Range */

const MOST_POINTS = 400;

/**
 * At most so many points; the last one always, and each drawn one is a real one.
 * @template T
 * @param {T[]} points
 * @param {number} [most]
 * @returns {T[]}
 */
export function thinned(points, most = MOST_POINTS) {
  if (points.length <= most) return points;
  return Array.from({ length: most }, (_, place) => points[Math.round((place * (points.length - 1)) / (most - 1))]);
}

/**
 * What the axes must span; losses that are no number are left out.
 * @param {Point[]} points
 * @param {boolean} logarithmic
 * @returns {Range}
 */
export function range(points, logarithmic) {
  const seen = points.flatMap((point) => [point.train, point.test]).filter((value) => usable(value, logarithmic));
  const last = points.reduce((latest, point) => Math.max(latest, point.epoch), points.length ? 0.01 : 1);
  const values = /** @type {number[]} */ (seen);
  if (values.length === 0) return { low: logarithmic ? 0.1 : 0, high: 1, last, logarithmic };
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  if (logarithmic) return { low: low / 1.15, high: high * 1.15, last, logarithmic };
  return { low: 0, high: high > 0 ? high * 1.06 : 1, last, logarithmic };
}

/**
 * @param {number | null} value
 * @param {boolean} logarithmic
 * @returns {boolean}
 */
function usable(value, logarithmic) {
  return value !== null && Number.isFinite(value) && (!logarithmic || value > 0);
}

/**
 * @param {number} epoch
 * @param {Range} seen
 * @param {Box} box
 */
export function across(epoch, seen, box) {
  return box.left + (box.width * epoch) / seen.last;
}

/**
 * @param {number} value
 * @param {Range} seen
 * @param {Box} box
 */
export function up(value, seen, box) {
  const share = seen.logarithmic
    ? Math.log(value / seen.low) / Math.log(seen.high / seen.low)
    : (value - seen.low) / (seen.high - seen.low);
  return box.top + box.height * (1 - share);
}

/**
 * The line of one of the losses; where it is missing or infinite the line is broken, not bridged.
 * @param {Point[]} points
 * @param {"train" | "test"} which
 * @param {Range} seen
 * @param {Box} box
 * @returns {string} of an SVG path
 */
export function path(points, which, seen, box) {
  let pen = false;
  let drawn = "";
  for (const point of points) {
    const value = point[which];
    if (value === null || !usable(value, seen.logarithmic)) {
      pen = false;
      continue;
    }
    drawn += `${pen ? "L" : "M"}${across(point.epoch, seen, box).toFixed(1)} ${up(value, seen, box).toFixed(1)}`;
    pen = true;
  }
  return drawn;
}

/**
 * Round losses beside the axis; of a logarithmic one the powers of ten, or where there are none its ends.
 * @param {Range} seen
 * @returns {number[]}
 */
export function marks(seen) {
  if (!seen.logarithmic) return ticks(seen.low, seen.high, 3);
  const first = Math.ceil(Math.log10(seen.low));
  const count = Math.floor(Math.log10(seen.high)) - first + 1;
  if (count < 1) return [seen.low * 1.15, seen.high / 1.15];
  const every = Math.ceil(count / 4);
  return Array.from({ length: Math.ceil(count / every) }, (_, place) => 10 ** (first + place * every));
}

/**
 * The point nearest to a place on the horizontal axis.
 * @param {Point[]} points
 * @param {number} x
 * @param {Range} seen
 * @param {Box} box
 * @returns {Point | null}
 */
export function nearest(points, x, seen, box) {
  const wanted = ((x - box.left) / box.width) * seen.last;
  /** @type {Point | null} */
  let best = null;
  for (const point of points)
    if (best === null || Math.abs(point.epoch - wanted) < Math.abs(best.epoch - wanted)) best = point;
  return best;
}

/**
 * Labels at the lines' ends must not lie on each other: move them apart, within the box.
 * @param {number[]} heights wanted
 * @param {number} apart
 * @param {Box} box
 * @returns {number[]}
 */
export function spread(heights, apart, box) {
  const order = heights.map((_, place) => place).sort((a, b) => heights[a] - heights[b]);
  const placed = [...heights];
  order.forEach((place, at) => {
    if (at > 0) placed[place] = Math.max(placed[place], placed[order[at - 1]] + apart);
  });
  const over = Math.max(0, (placed[order[order.length - 1]] ?? 0) - (box.top + box.height));
  return placed.map((height) => height - over);
}
