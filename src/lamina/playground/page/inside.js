/**
 * Two ways to look inside: one neuron's arithmetic, or the answer to an example of one's own.
 */

import { button } from "./controls.js";
import { element, found, set } from "./elements.js";
import { NeuronPanel } from "./neuron_panel.js";
import { TryPanel } from "./try_panel.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {"neuron" | "try"} Tab */

const TITLES = /** @type {[Tab, string][]} */ ([
  ["try", "Try it"],
  ["neuron", "The arithmetic"],
]);

export class Inside {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.neuron = new NeuronPanel(store, actions);
    this.try = new TryPanel(store, actions);
    this.input = "";
    this.panels = { neuron: this.neuron.root, try: this.try.root };
    /** @type {Record<string, HTMLButtonElement>} */
    this.tabs = {};
    for (const [name, title] of TITLES)
      this.tabs[name] = button(title, () => this.open(name), {
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `panel-${name}`,
      });
    const list = element(
      "div",
      { class: "tabs", role: "tablist", "aria-label": "Look inside" },
      ...Object.values(this.tabs),
    );
    list.addEventListener("keydown", (event) => this.#moved(event));
    for (const [name] of TITLES)
      set(this.panels[name], { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}` });
    found("inside-body", HTMLElement).append(list, ...TITLES.map(([name]) => this.panels[name]));
    this.open("try");
    store.on(["state"], () => this.#follow(store.run?.input ?? ""));
  }

  /**
   * Other data that can be drawn, said or written is tried first.
   * @param {string} input
   */
  #follow(input) {
    if (input !== this.input && ["picture", "sound", "text"].includes(input)) this.open("try");
    this.input = input;
  }

  /** @param {Tab} wanted */
  open(wanted) {
    for (const [name] of TITLES) {
      this.panels[name].hidden = name !== wanted;
      set(this.tabs[name], { "aria-selected": String(name === wanted), tabindex: name === wanted ? 0 : -1 });
    }
    if (wanted === "neuron") this.neuron.opened();
    else this.try.opened();
  }

  /** Bring it into sight where it is below the window's edge. */
  reveal() {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    found("inside-part", HTMLElement).scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  /** @param {KeyboardEvent} event */
  #moved(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = this.panels.neuron.hidden ? "neuron" : "try";
    this.open(other);
    this.tabs[other].focus();
    event.preventDefault();
  }

  /**
   * @param {import("./protocol.js").Maps} header
   * @param {import("./protocol.js").Arrays} arrays
   */
  showMaps(header, arrays) {
    this.try.showMaps(header, arrays);
  }
}
