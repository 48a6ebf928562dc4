/**
 * The address bar holds the token, the settings that differ from the usual ones and what is shown: a link gives all.
 */

/** @typedef {import("./protocol.js").Settings} Settings */

/** @type {Settings} */
export const USUAL = {
  data: "spiral",
  examples: 500,
  noise: 0.1,
  data_seed: 0,
  train_percent: 70,
  features: ["x1", "x2"],
  target: "",
  task: "",
  axes: [],
  network: "8 tanh, 8 tanh",
  loss: "",
  optimizer: "adam",
  learning_rate: 0.01,
  momentum: 0.9,
  l1: 0,
  l2: 0,
  weight_decay: 0,
  batch_size: 10,
  seed: 0,
};

/**
 * @typedef {{
 *   test: boolean, discrete: boolean, logarithmic: boolean, bare: boolean, hide: string[], look: string, pace: string
 * }} View hide: controls that are not shown, by the names that `data-control` gives them
 */

/** @type {View} */
export const USUAL_VIEW = {
  test: false,
  discrete: false,
  logarithmic: false,
  bare: false,
  hide: [],
  look: "",
  pace: "epoch",
};

/**
 * The fields that differ.
 * @template {Record<string, any>} T
 * @param {T} values
 * @param {T} usual
 * @returns {Partial<T>}
 */
export function differing(values, usual) {
  const found = Object.entries(usual).filter(
    ([name, value]) => name in values && JSON.stringify(values[name]) !== JSON.stringify(value),
  );
  return /** @type {Partial<T>} */ (Object.fromEntries(found.map(([name]) => [name, values[name]])));
}

/**
 * @param {string} token
 * @param {Settings} settings
 * @param {View} view
 * @returns {string} a fragment with its #
 */
export function written(token, settings, view) {
  const parts = [`token=${encodeURIComponent(token)}`];
  for (const [name, found] of Object.entries({
    settings: differing(settings, USUAL),
    view: differing(view, USUAL_VIEW),
  }))
    if (Object.keys(found).length) parts.push(`${name}=${encodeURIComponent(JSON.stringify(found))}`);
  return `#${parts.join("&")}`;
}

/**
 * What a fragment holds; what is no setting, or of another type, is left out, as a link may come from anywhere.
 * @param {string} fragment
 * @returns {{ token: string, settings: Partial<Settings>, view: View }}
 */
export function read(fragment) {
  const parts = new Map(
    fragment
      .replace(/^#/, "")
      .split("&")
      .map((part) => /** @type {[string, string]} */ (cut(part))),
  );
  return {
    token: parts.get("token") ?? "",
    settings: known(parts.get("settings") ?? "", USUAL),
    view: { ...USUAL_VIEW, ...known(parts.get("view") ?? "", USUAL_VIEW) },
  };
}

/** @param {string} part */
function cut(part) {
  const at = part.indexOf("=");
  return at < 0 ? [part, ""] : [part.slice(0, at), decoded(part.slice(at + 1))];
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/**
 * @template {Record<string, any>} T
 * @param {string} text
 * @param {T} usual
 * @returns {Partial<T>}
 */
function known(text, usual) {
  /** @type {unknown} */
  let values;
  try {
    values = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) return {};
  const kept = Object.entries(values).filter(
    ([name, value]) => Object.hasOwn(usual, name) && alike(value, usual[name]),
  );
  return /** @type {Partial<T>} */ (Object.fromEntries(kept));
}

/**
 * @param {unknown} value
 * @param {unknown} usual
 */
function alike(value, usual) {
  if (Array.isArray(usual)) return Array.isArray(value) && value.every((item) => typeof item === "string");
  return typeof value === typeof usual && (typeof value !== "number" || Number.isFinite(value));
}
