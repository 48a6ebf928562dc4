/**
 * Which neurons of a network are drawn, and where their weights, biases and maps are found: no drawing here.
 */

/** @typedef {import("./protocol.js").Run} Run */
/** @typedef {import("./protocol.js").Data} Data */
/** @typedef {import("./protocol.js").Layer} Layer */
/** @typedef {import("./protocol.js").Arrays} Arrays */

/**
 * A column of the drawing.
 * @typedef {{
 *   layer: number, kind: "input" | "hidden" | "output", shown: number[], all: number, names: string[], title: string,
 *   weight: string, bias: string, behind: string[]
 * }} Column layer: as the server counts; 0 for inputs that are no layer; all: neurons that there are; shown: the places
 *   of those that are drawn, in their order
 */

export const MOST_SHOWN = 24;
export const MOST_INPUTS = 12;
const DENSE = new Set(["dense", "linear"]);
const BESIDE = new Set(["features", "batchnorm", "layernorm", "dropout", "flatten"]);
const PRETTY = /** @type {Record<string, string>} */ ({
  x1: "x₁",
  x2: "x₂",
  "x1^2": "x₁²",
  "x2^2": "x₂²",
  "x1*x2": "x₁x₂",
  "sin(x1)": "sin x₁",
  "sin(x2)": "sin x₂",
});

/**
 * @param {string} name of a feature
 * @returns {string} as it is written in a formula
 */
export function pretty(name) {
  return PRETTY[name] ?? name;
}

/**
 * The columns of a network of dense layers; null where it has others, which are listed instead.
 * @param {Run} run
 * @param {Data | undefined} data
 * @returns {Column[] | null}
 */
export function columnsOf(run, data) {
  if (run.layers.some((layer) => !isDense(layer) && !BESIDE.has(layer.kind))) return null;
  const dense = run.layers.filter(isDense);
  if (dense.length === 0) return null;
  const columns = [inputs(run, data, dense[0])];
  for (const [place, layer] of dense.entries()) columns.push(column(run, layer, place === dense.length - 1));
  return columns;
}

/** @param {Layer} layer */
function isDense(layer) {
  return DENSE.has(layer.kind);
}

/**
 * @param {Run} run
 * @param {Data | undefined} data
 * @param {Layer} start the first dense layer
 * @returns {Column}
 */
function inputs(run, data, start) {
  const features = run.layers.find((layer) => layer.kind === "features");
  const all = start.arrays.find((named) => named.shape.length === 2)?.shape[0] ?? 1;
  const none = { kind: /** @type {const} */ ("input"), weight: "", bias: "", behind: [], all };
  if (run.input_shape.length > 1 && !features) {
    const title = run.input_shape.slice(0, 2).join(" × ");
    return { ...none, layer: 0, shown: [0], names: [`${run.input}, ${title}`], title: run.input };
  }
  const known = features ? run.settings.features.map(pretty) : (data?.inputs ?? []);
  const names = Array.from({ length: all }, (_, place) => (known.length === all ? known[place] : `input ${place}`));
  return {
    ...none,
    layer: features?.number ?? 0,
    shown: first(all, MOST_SHOWN),
    names,
    title: features ? "Features" : "Inputs",
  };
}

/**
 * @param {Run} run
 * @param {Layer} layer
 * @param {boolean} last
 * @returns {Column}
 */
function column(run, layer, last) {
  const all = layer.shape[0];
  const names = Array.from({ length: all }, (_, place) => (last ? answerName(run, place, all) : `neuron ${place}`));
  const following = run.layers.slice(run.layers.indexOf(layer) + 1);
  const next = following.findIndex(isDense);
  return {
    layer: layer.number,
    kind: last ? "output" : "hidden",
    shown: first(all, MOST_SHOWN),
    all,
    names,
    title: layer.name,
    weight: layer.arrays.find((named) => named.shape.length === 2)?.array ?? "",
    bias: layer.arrays.find((named) => named.array.endsWith("bias"))?.array ?? "",
    behind: following.slice(0, next < 0 ? following.length : next).map((one) => one.words || one.name),
  };
}

/**
 * The places of the first few.
 * @param {number} all
 * @param {number} most
 * @returns {number[]}
 */
export function first(all, most) {
  return Array.from({ length: Math.min(all, most) }, (_, place) => place);
}

/**
 * @param {Run} run
 * @param {number} place
 * @param {number} all
 */
function answerName(run, place, all) {
  return run.classes.length === all && all > 1 ? run.classes[place] : run.target || "output";
}

/**
 * A weight as a frame holds it.
 * @param {Arrays} arrays
 * @param {Column} to
 * @param {number} input
 * @param {number} unit
 * @returns {number | null}
 */
export function weightOf(arrays, to, input, unit) {
  const found = arrays[`params/${to.weight}`];
  return found?.data[input * found.shape[1] + unit] ?? null;
}

/**
 * @param {Arrays} arrays
 * @param {Column} column
 * @param {number} unit
 * @returns {number | null}
 */
export function biasOf(arrays, column, unit) {
  const found = column.bias ? arrays[`params/${column.bias}`] : undefined;
  return found?.data[unit] ?? null;
}
