/**
 * A network that is more than dense layers, as a list and in words that can be changed.
 */

import { button } from "./controls.js";
import { element } from "./elements.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

const EXAMPLES = /** @type {Record<string, string>} */ ({
  picture: "conv 16 relu, pool, conv 32 relu, pool, 64 relu",
  sound: "conv 16 relu, pool, 64 relu",
});

export class LayerList {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.needed = false;
    this.words = element("input", {
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      id: "network-words",
      list: "designs",
    });
    this.list = element("ol", { class: "layer-list" });
    const set = () => void actions.settings({ network: this.words.value.trim() });
    this.words.addEventListener("keydown", (event) => {
      if (event.key === "Enter") set();
    });
    this.hint = element("p", { class: "quiet" });
    this.designs = element("datalist", { id: "designs" });
    this.root = element(
      "details",
      { class: "in-words" },
      element("summary", {}, "In words"),
      element(
        "label",
        { class: "field" },
        element("span", {}, "The hidden layers in words, or a design's name"),
        this.words,
        this.designs,
      ),
      element(
        "div",
        { class: "row" },
        button("Build it", set),
        button("As the library chooses", () => void actions.settings({ network: "default" })),
      ),
      this.hint,
      this.list,
    );
  }

  /** @param {boolean} needed there is no other way to change this network */
  show(needed) {
    const { run, state } = this.store;
    if (!run || !state) return;
    if (needed !== this.needed) this.root.open = needed;
    this.needed = needed;
    const designs = state.choices.designs?.[run.input] ?? [];
    this.designs.replaceChildren(...["default", ...designs].map((value) => element("option", { value })));
    if (document.activeElement !== this.words) this.words.value = run.settings.network;
    this.hint.textContent = `For example: ${EXAMPLES[run.input] ?? "16 relu, 16 relu"}`;
    this.list.replaceChildren(
      ...run.layers.map((layer) =>
        element("li", {}, `${layer.name} `, element("span", { class: "quiet" }, `gives ${layer.shape.join(" × ")}`)),
      ),
    );
  }
}
