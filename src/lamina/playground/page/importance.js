/**
 * Which of many inputs are worth looking at first: those with the largest weights to the first layer.
 */

/** @typedef {import("./protocol.js").Numbers} Numbers */

/**
 * The size of all weights of each input together: the root of the sum of their squares.
 * @param {Numbers} weights (inputs, units)
 * @returns {number[]}
 */
export function strengths({ data, shape: [inputs, units] }) {
  return Array.from({ length: inputs }, (_, input) => Math.hypot(...data.subarray(input * units, (input + 1) * units)));
}

/**
 * The places of the largest, the largest first; of equal ones the first.
 * @param {number[]} values
 * @param {number} most
 * @returns {number[]}
 */
export function largest(values, most) {
  return [...values.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, most);
}

/**
 * The names of a table's columns, the strongest first: a column that the network takes as several numbers counts
 * with all of them.
 * @param {{ name: string, start?: number, width?: number }[]} columns
 * @param {number[]} found of each number that the network takes
 * @returns {string[]}
 */
export function columnsByStrength(columns, found) {
  const sums = columns.map(({ start = 0, width = 0 }) => Math.hypot(...found.slice(start, start + width)));
  return largest(sums, columns.length).map((place) => columns[place].name);
}
