/**
 * Where a network's neurons and lines stand: pure geometry, in CSS pixels from the upper left.
 */

/** @typedef {{ layer: number, place: number, x: number, y: number, size: number }} Spot the middle of a neuron's square */
/** @typedef {{ layer: number, from: number, to: number, path: string }} Line layer is that of its end */
/** @typedef {{ width: number, height: number, columns: Spot[][], lines: Line[] }} Plan */

export const LARGEST = 44;
const [SMALLEST, GAP, MARGIN] = [18, 12, 10];
const NARROWEST_COLUMN = 104; // room for the controls above it

/**
 * Columns of neurons, the first layer to the left, each centered; a line from every neuron to every one of the next column.
 * @param {number[]} sizes neurons a layer, the inputs first
 * @param {number} width that there is
 * @param {number} height that there is; more neurons than fit make the plan higher
 * @returns {Plan}
 */
export function plan(sizes, width, height) {
  const most = Math.max(1, ...sizes);
  const size = Math.max(SMALLEST, Math.min(LARGEST, (height - 2 * MARGIN) / most - GAP));
  const high = Math.max(height, most * (size + GAP) + 2 * MARGIN);
  const wide = Math.max(width, sizes.length * NARROWEST_COLUMN);
  const columns = sizes.map((count, layer) =>
    column(layer, count, across(layer, sizes.length, wide, size), high, size),
  );
  return {
    width: wide,
    height: high,
    columns,
    lines: columns.slice(1).flatMap((ends, at) => between(columns[at], ends)),
  };
}

/**
 * @param {number} layer
 * @param {number} layers
 * @param {number} width
 * @param {number} size
 * @returns {number} the x of a column
 */
function across(layer, layers, width, size) {
  const first = MARGIN + LARGEST / 2;
  return layers === 1 ? width / 2 : first + (layer * (width - first - MARGIN - size / 2 - 2)) / (layers - 1);
}

/**
 * @param {number} layer
 * @param {number} count
 * @param {number} x
 * @param {number} height
 * @param {number} size
 * @returns {Spot[]}
 */
function column(layer, count, x, height, size) {
  const pitch = Math.min(size + 2 * GAP, (height - 2 * MARGIN) / Math.max(1, count));
  const top = (height - pitch * count) / 2 + pitch / 2;
  return Array.from({ length: count }, (_, place) => ({ layer, place, x, y: top + place * pitch, size }));
}

/**
 * @param {Spot[]} starts
 * @param {Spot[]} ends
 * @returns {Line[]}
 */
function between(starts, ends) {
  return ends.flatMap((end) =>
    starts.map((start) => ({ layer: end.layer, from: start.place, to: end.place, path: curve(start, end) })),
  );
}

/**
 * A line that leaves to the right and arrives from the left.
 * @param {Spot} start
 * @param {Spot} end
 * @returns {string} of an SVG path
 */
export function curve(start, end) {
  const [x1, x2] = [start.x + start.size / 2, end.x - end.size / 2];
  const middle = (x1 + x2) / 2;
  return `M${round(x1)} ${round(start.y)}C${round(middle)} ${round(start.y)} ${round(middle)} ${round(end.y)} ${round(x2)} ${round(end.y)}`;
}

/**
 * The width of a line: its weight against the largest of all, so that a hair's breadth is left of the smallest.
 * @param {number} weight
 * @param {number} largest in size
 * @returns {number} pixels
 */
export function lineWidth(weight, largest) {
  if (!Number.isFinite(weight) || !(largest > 0)) return 0.5;
  return 0.5 + 4.5 * Math.min(1, Math.abs(weight) / largest);
}

/** @typedef {"ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown"} Arrow */

/**
 * The neuron that an arrow key leads to from this one; itself where there is none.
 * @param {number[]} sizes
 * @param {number} layer
 * @param {number} place
 * @param {string} key
 * @returns {[number, number]} layer and place
 */
export function neighbor(sizes, layer, place, key) {
  const to = layer + (key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0);
  if (to < 0 || to >= sizes.length) return [layer, place];
  if (to !== layer) return [to, Math.min(sizes[to] - 1, Math.round(((place + 0.5) / sizes[layer]) * sizes[to] - 0.5))];
  const at = place + (key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0);
  return [layer, Math.min(sizes[layer] - 1, Math.max(0, at))];
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
