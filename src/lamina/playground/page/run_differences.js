/**
 * What distinguishes two runs that stand beside each other: the settings in which they differ, in the page's words.
 */

/** @typedef {import("./protocol.js").Settings} Settings */

const NAMES = /** @type {[keyof Settings, string][]} */ ([
  ["data", "data"],
  ["examples", "points"],
  ["noise", "noise"],
  ["data_seed", "seed of the points"],
  ["train_percent", "share for training"],
  ["target", "column to predict"],
  ["task", "problem"],
  ["features", "features"],
  ["network", "layers"],
  ["learning_rate", "learning rate"],
  ["optimizer", "optimizer"],
  ["momentum", "momentum"],
  ["batch_size", "batch size"],
  ["loss", "loss"],
  ["l1", "L1"],
  ["l2", "L2"],
  ["weight_decay", "weight decay"],
  ["seed", "seed"],
]);

/**
 * @param {Settings} own
 * @param {Settings} other
 * @returns {string[]} such as "learning rate 0.1"; nothing where they are the same
 */
export function differences(own, other) {
  return NAMES.filter(([name]) => JSON.stringify(own[name]) !== JSON.stringify(other[name])).map(
    ([name, told]) => `${told} ${shown(own[name])}`,
  );
}

/** @param {unknown} value */
function shown(value) {
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return text || "as usual";
}
