/**
 * What stands above a hidden layer: how many neurons, their activation, and what follows them.
 */

import { button, choice } from "./controls.js";
import { element } from "./elements.js";
import { changed } from "./network_words.js";
import { counted } from "./numbers.js";

/** @typedef {import("./network_words.js").Hidden} Hidden */
/** @typedef {{ activations: string[], units: number }} Offered units: the most that a layer may have */

const NORMS = /** @type {[string, string][]} */ ([
  ["", "no norm"],
  ["batchnorm", "batch norm"],
  ["layernorm", "layer norm"],
]);
const DROPOUTS = [0, 0.1, 0.2, 0.3, 0.5];

/**
 * @param {Hidden[]} layers
 * @param {number} place
 * @param {Offered} offered
 * @param {(layers: Hidden[]) => void} set
 * @returns {HTMLElement[]}
 */
export function layerHead(layers, place, offered, set) {
  const layer = layers[place];
  const named = `hidden layer ${place + 1}`;
  const units = (/** @type {number} */ count) => set(changed(layers, place, { units: count }));
  const row = element(
    "div",
    { class: "row" },
    button("−", () => units(layer.units - 1), {
      class: "small",
      "aria-label": `One neuron less in ${named}`,
      disabled: layer.units <= 1,
    }),
    element("span", { "aria-label": `${counted(layer.units, "neuron")} in ${named}` }, layer.units),
    button("+", () => units(layer.units + 1), {
      class: "small",
      "aria-label": `One neuron more in ${named}`,
      disabled: layer.units >= offered.units,
    }),
    more(layers, place, set),
  );
  const activation = select(
    `Activation of ${named}`,
    offered.activations.map((name) => [name, name.replaceAll("_", " ")]),
    layer.activation,
    (name) => set(changed(layers, place, { activation: name })),
  );
  const extra = [layer.norm, layer.dropout ? `dropout ${layer.dropout}` : ""].filter(Boolean).join(", ");
  return [row, activation, element("span", { class: "quiet" }, extra)];
}

/**
 * Norm and dropout behind the layer, in a small sheet.
 * @param {Hidden[]} layers
 * @param {number} place
 * @param {(layers: Hidden[]) => void} set
 */
function more(layers, place, set) {
  const layer = layers[place];
  const norm = choice("Norm", (value) =>
    set(changed(layers, place, { norm: /** @type {Hidden["norm"]} */ (value) })),
  );
  norm.offer(NORMS);
  norm.show(layer.norm);
  const dropout = choice("Dropout", (value) => set(changed(layers, place, { dropout: Number(value) })));
  dropout.offer(
    [...new Set([...DROPOUTS, layer.dropout])]
      .sort()
      .map((share) => [String(share), share ? `${Math.round(100 * share)} %` : "none"]),
  );
  dropout.show(String(layer.dropout));
  const name = `Norm and dropout of hidden layer ${place + 1}`;
  const sheet = element("div", { class: "sheet", popover: "auto", "aria-label": name }, norm.root, dropout.root);
  const opener = button("⋯", () => openBeside(sheet, opener), {
    class: "small",
    "aria-label": name,
    title: "Norm, dropout",
  });
  return element("span", {}, opener, sheet);
}

/**
 * @param {string} name
 * @param {[string, string][]} values
 * @param {string} value
 * @param {(value: string) => void} chosen
 */
function select(name, values, value, chosen) {
  const made = element(
    "select",
    { "aria-label": name },
    ...values.map(([one, text]) => element("option", { value: one, selected: one === value }, text)),
  );
  made.addEventListener("change", () => chosen(made.value));
  return made;
}

/**
 * @param {HTMLElement} sheet
 * @param {Element} opener
 */
function openBeside(sheet, opener) {
  sheet.togglePopover();
  const box = opener.getBoundingClientRect();
  Object.assign(sheet.style, {
    left: `${Math.min(box.left, window.innerWidth - sheet.offsetWidth - 8)}px`,
    top: `${box.bottom + 6}px`,
  });
}
