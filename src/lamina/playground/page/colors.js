/**
 * Colors of numbers and classes. Blue is positive, orange negative; every place that uses them shows the sign as well.
 */

/** @typedef {readonly [number, number, number]} Color red, green, blue from 0 to 255 */

/** @typedef {{ negative: Color, zero: Color, positive: Color }} Scale */

/** @type {Record<"light" | "dark", Scale>} */
export const SCALES = {
  light: { negative: [217, 119, 6], zero: [246, 247, 249], positive: [0, 103, 172] },
  dark: { negative: [240, 148, 52], zero: [28, 31, 38], positive: [74, 163, 223] },
};

/**
 * Of ten classes (Okabe and Ito's, which most people tell apart, and three more); further ones begin again.
 * @type {readonly Color[]}
 */
export const CLASSES = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [140, 120, 60],
  [120, 94, 200],
  [150, 150, 150],
  [180, 200, 70],
];

/**
 * @param {Color} from
 * @param {Color} to
 * @param {number} share 0 gives the first, 1 the second
 * @returns {Color}
 */
export function blend(from, to, share) {
  const kept = Math.min(1, Math.max(0, share));
  const mixed = (/** @type {0 | 1 | 2} */ channel) => Math.round(from[channel] + kept * (to[channel] - from[channel]));
  return [mixed(0), mixed(1), mixed(2)];
}

/**
 * The color of a number from -1 to 1; what lies beyond has the full color, what is none the color of zero.
 * @param {number} value
 * @param {Scale} scale
 * @returns {Color}
 */
export function ofNumber(value, scale) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? scale.zero : value > 0 ? scale.positive : scale.negative;
  return blend(scale.zero, value < 0 ? scale.negative : scale.positive, Math.abs(value));
}

/**
 * @param {number} place of the class
 * @returns {Color}
 */
export function ofClass(place) {
  return CLASSES[place % CLASSES.length];
}

/**
 * The color of a place where the model gives these shares to the classes: that of the likeliest, the paler the less sure.
 * @param {ArrayLike<number>} shares
 * @param {Scale} scale
 * @returns {Color}
 */
export function ofShares(shares, scale) {
  const best = likeliest(shares);
  const guessing = 1 / shares.length;
  return blend(scale.zero, ofClass(best), 0.15 + (0.7 * (shares[best] - guessing)) / (1 - guessing));
}

/**
 * The place of the largest.
 * @param {ArrayLike<number>} shares
 * @returns {number}
 */
export function likeliest(shares) {
  let best = 0;
  for (let place = 1; place < shares.length; place++) if (shares[place] > shares[best]) best = place;
  return best;
}

/**
 * @param {Color} color
 * @returns {string} as a canvas and SVG take it
 */
export function css(color) {
  return `rgb(${color.join(" ")})`;
}

/**
 * @returns {"light" | "dark"} what the page shows now
 */
export function look() {
  const chosen = document.documentElement.dataset.look;
  if (chosen === "light" || chosen === "dark") return chosen;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
