/**
 * A mark for each class: its form tells it as well as its color.
 */

import { css, ofClass } from "./colors.js";

const FORMS = ["circle", "square", "triangle", "diamond", "cross", "down"];

/**
 * @param {number} place of the class
 * @returns {string} the form's name, also for a screen reader
 */
export function form(place) {
  return FORMS[place % FORMS.length];
}

/**
 * The corners of a form around a middle, in its order; a circle has none.
 * @param {string} kind
 * @param {number} x
 * @param {number} y
 * @param {number} r
 * @returns {[number, number][]}
 */
export function corners(kind, x, y, r) {
  const s = 0.88 * r;
  const thin = 0.42 * r;
  /** @type {Record<string, [number, number][]>} */
  const forms = {
    circle: [],
    square: [
      [-s, -s],
      [s, -s],
      [s, s],
      [-s, s],
    ],
    triangle: [
      [0, -1.15 * r],
      [1.1 * r, 0.8 * r],
      [-1.1 * r, 0.8 * r],
    ],
    down: [
      [0, 1.15 * r],
      [1.1 * r, -0.8 * r],
      [-1.1 * r, -0.8 * r],
    ],
    diamond: [
      [0, -1.3 * r],
      [1.1 * r, 0],
      [0, 1.3 * r],
      [-1.1 * r, 0],
    ],
    cross: [
      [-thin, -1.2 * r],
      [thin, -1.2 * r],
      [thin, -thin],
      [1.2 * r, -thin],
      [1.2 * r, thin],
      [thin, thin],
      [thin, 1.2 * r],
      [-thin, 1.2 * r],
      [-thin, thin],
      [-1.2 * r, thin],
      [-1.2 * r, -thin],
      [-thin, -thin],
    ],
  };
  return forms[kind].map(([dx, dy]) => [x + dx, y + dy]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} place of the class
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {{ hollow?: boolean, edge: string, fill?: string }} how hollow: a test example
 */
export function drawMark(context, place, x, y, radius, how) {
  const color = how.fill ?? css(ofClass(place));
  const points = corners(form(place), x, y, radius);
  context.beginPath();
  if (points.length === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  points.forEach(([px, py], at) => (at === 0 ? context.moveTo(px, py) : context.lineTo(px, py)));
  context.closePath();
  context.lineWidth = how.hollow ? 1.8 : 1;
  context.fillStyle = how.hollow ? how.edge : color;
  context.strokeStyle = how.hollow ? color : how.edge;
  context.fill();
  context.stroke();
}
