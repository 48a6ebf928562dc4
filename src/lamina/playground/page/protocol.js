/**
 * The messages between the page and its server as types, and the one form of them that is not JSON.
 */

/**
 * @typedef {{
 *   data: string, examples: number, noise: number, data_seed: number, train_percent: number, features: string[],
 *   target: string, task: string, axes: string[], network: string, loss: string, optimizer: string,
 *   learning_rate: number, momentum: number, l1: number, l2: number, weight_decay: number, batch_size: number, seed: number
 * }} Settings
 * @typedef {{ array: string, shape: number[] }} ArrayName
 * @typedef {{
 *   number: number, name: string, kind: string, shape: number[], words: string, activation: string, arrays: ArrayName[]
 * }} Layer
 * @typedef {{ number: number, epoch: number, step: number, loss: number | null }} Snapshot
 * @typedef {{
 *   settings: Settings, running: boolean, pace: string, seconds_a_frame: number, trainable: boolean, why_not: string,
 *   task: string, classes: string[], target: string, input: string, input_shape: number[], layers: Layer[],
 *   parameters: number, editable: boolean, snapshots: Snapshot[], shown: number | null, notes: string[]
 * }} Run
 * @typedef {{
 *   toys: { classification: string[], regression: string[] }, features: string[], activations: string[],
 *   designs?: Record<string, string[]>,
 *   optimizers: Record<string, number>, losses: Record<string, string[]>,
 *   limits: { layers: number, units: number, maps: number, upload_bytes: number, examples: number }
 * }} Choices
 * @typedef {{ name: string, title: string, kind: string }} Source
 * @typedef {{
 *   kind: "state", version: string, folder: string, choices: Choices, sources: Source[], runs: Record<string, Run>,
 *   data: Data[]
 * }} State data: of the runs whose data is new
 * @typedef {{ x?: number[] | null, y?: number[] | null, target?: (number | null)[], names?: string[] }} Part
 * @typedef {{ axes: string[], low: number[], high: number[], held: boolean }} Plane
 * @typedef {{
 *   name: string, kind: string, low: number | null, high: number | null, values: string[], start?: number, width?: number
 * }} Column start, width: of its numbers among those that the network takes
 * @typedef {{
 *   run: string, name: string, counts: Record<string, number>, left_out: number, plane: Plane | null,
 *   examples: Record<string, Part>, columns: Column[], all_columns: string[], inputs?: string[],
 *   target_low: number | null, target_high: number | null
 * }} Data
 * @typedef {{ train: number | null, validation: number | null, test: number | null }} Figures
 * @typedef {{ epoch: number } & Figures} CurvePoint
 * @typedef {{
 *   kind: "frame", run: string, epoch: number, step: number, batch: number, batches: number, example: number,
 *   learning_rate: number, loss: Figures, error: Figures, measured_at_step: number, measure: string, penalty: number,
 *   confusion: number[][] | null, steps_per_second: number, warning: string,
 *   maps: { layer: number, low: number[], high: number[] }[],
 *   decision: { kind: string, low?: number, high?: number } | null, curve: CurvePoint[], curve_from_start?: boolean
 * }} Frame
 * @typedef {{ kind: "maps", id: number, layers: { layer: number, name: string, shape: number[] }[] }} Maps
 * @typedef {{ data: Uint8Array | Float32Array, shape: number[] }} Numbers
 * @typedef {Record<string, Numbers>} Arrays by name
 * @typedef {{ text: string[] }} Explanation lines of arithmetic; the server sends its parts as numbers too
 * @typedef {{
 *   text: string, value: string, probabilities: { name: string, share: number }[], of: string, caution: string, mattered: boolean
 * }} Answer
 */

const ALIGNED = 4;

/**
 * A binary message: the length of its header, the header, then its arrays, each at a multiple of four bytes.
 * The arrays look into the message; nothing is copied.
 * @param {ArrayBuffer} message
 * @returns {{ header: any, arrays: Arrays }}
 */
export function unpacked(message) {
  const length = new DataView(message).getUint32(0, true);
  const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(message, ALIGNED, length)));
  let at = aligned(ALIGNED + length);
  /** @type {Arrays} */
  const arrays = {};
  for (const { name, type, shape } of header.arrays) {
    const count = shape.reduce((/** @type {number} */ product, /** @type {number} */ side) => product * side, 1);
    const data = type === "uint8" ? new Uint8Array(message, at, count) : new Float32Array(message, at, count);
    arrays[name] = { data, shape };
    at = aligned(at + data.byteLength);
  }
  return { header, arrays };
}

/** @param {number} place */
function aligned(place) {
  return Math.ceil(place / ALIGNED) * ALIGNED;
}

/**
 * Bytes as base64, as JSON carries them.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(pieces.join(""));
}

/**
 * One neuron's map as numbers, the highest row first as a picture has it.
 * @param {Numbers} maps (neurons, side, side), the lowest row first
 * @param {number} neuron
 * @param {number} low of its values
 * @param {number} high
 * @returns {Float32Array}
 */
export function mapOf(maps, neuron, low, high) {
  const [, rows, columns] = maps.shape;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = (neuron * rows + rows - 1 - row) * columns;
    for (let column = 0; column < columns; column++)
      values[row * columns + column] = low + (maps.data[from + column] / 255) * (high - low);
  }
  return values;
}

/**
 * A square of bytes with the highest row first.
 * @param {Numbers} square (side, side), the lowest row first
 * @returns {Uint8Array}
 */
export function upright(square) {
  const [rows, columns] = square.shape;
  const turned = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++)
    turned.set(
      /** @type {Uint8Array} */ (square.data).subarray((rows - 1 - row) * columns, (rows - row) * columns),
      row * columns,
    );
  return turned;
}
