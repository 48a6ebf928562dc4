/**
 * Hidden layers in words and as values: "8 tanh, batchnorm, dropout 0.2, 8 relu".
 */

/** @typedef {{ units: number, activation: string, norm: "" | "batchnorm" | "layernorm", dropout: number }} Hidden */

const DENSE = /^(\d+)(?: ([a-z_]+))?$/;
const DROPOUT = /^dropout (\d*\.?\d+)$/;

/**
 * @param {string} text
 * @returns {Hidden[] | null} null where it is more than dense layers: a convolution, a design's name
 */
export function parsed(text) {
  /** @type {Hidden[]} */
  const layers = [];
  const parts = text
    .split(",")
    .map((part) => part.trim().replace(/\s+/g, " "))
    .filter(Boolean);
  for (const part of parts) {
    const dense = DENSE.exec(part);
    const last = layers[layers.length - 1];
    const dropout = DROPOUT.exec(part);
    if (dense) layers.push({ units: Number(dense[1]), activation: dense[2] ?? "linear", norm: "", dropout: 0 });
    else if (last && !last.norm && !last.dropout && (part === "batchnorm" || part === "layernorm")) last.norm = part;
    else if (last && dropout && !last.dropout) last.dropout = Number(dropout[1]);
    else return null;
  }
  return layers;
}

/**
 * The hidden layers of a run: as they are written, or where the library has chosen them as it tells them.
 * @param {{ settings: { network: string }, layers: { kind: string, words: string }[] }} run
 * @returns {Hidden[] | null}
 */
export function hiddenOf({ settings, layers }) {
  const own = parsed(settings.network);
  if (own !== null) return own;
  const hidden = layers.slice(0, -1).filter((layer) => layer.kind !== "features" && layer.kind !== "flatten");
  return hidden.every((layer) => layer.words) ? parsed(hidden.map((layer) => layer.words).join(", ")) : null;
}

/**
 * @param {Hidden[]} layers
 * @returns {string}
 */
export function written(layers) {
  return layers
    .flatMap((layer) => [
      `${layer.units} ${layer.activation}`,
      ...(layer.norm ? [layer.norm] : []),
      ...(layer.dropout > 0 ? [`dropout ${layer.dropout}`] : []),
    ])
    .join(", ");
}

/**
 * One layer changed.
 * @param {Hidden[]} layers
 * @param {number} place
 * @param {Partial<Hidden>} change
 * @returns {Hidden[]}
 */
export function changed(layers, place, change) {
  return layers.map((layer, at) => (at === place ? { ...layer, ...change } : layer));
}

/**
 * One layer more, behind the others and like the last of them.
 * @param {Hidden[]} layers
 * @returns {Hidden[]}
 */
export function grown(layers) {
  const last = layers[layers.length - 1];
  return [...layers, { units: last?.units ?? 8, activation: last?.activation ?? "tanh", norm: "", dropout: 0 }];
}
