/**
 * Which features of points, or which columns of a table, the network is given.
 */

import { button } from "./controls.js";
import { element, set } from "./elements.js";
import { pretty } from "./network_columns.js";

const FEW = 12;
const WAIT = 900; // milliseconds: of many columns several are chosen before the training begins again

export class FeaturesPanel {
  /** @param {(features: string[]) => void} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    /** @type {string[]} */
    this.names = [];
    /** @type {string[]} */
    this.on = [];
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.soon = null;
    this.chips = element("div", { class: "chips", role: "group", "aria-label": "Features" });
    this.all = element(
      "div",
      { class: "row" },
      button("All", () => this.#mark(this.names), { class: "small" }),
      button("None", () => this.#mark([]), { class: "small" }),
    );
    this.title = element("h3", {}, "Features");
    this.root = element("div", {}, this.title, this.chips, this.all);
  }

  /**
   * @param {string[]} names
   * @param {string[]} on those that the network is given
   * @param {string} title
   */
  show(names, on, title) {
    this.root.hidden = names.length < 2;
    this.title.textContent = names.length > FEW ? `${title} (${on.length} of ${names.length})` : title;
    if (names.join("\n") !== this.names.join("\n")) this.#make(names);
    if (this.soon === null) this.#press((this.on = on));
  }

  /** @param {string[]} names */
  #make(names) {
    this.names = names;
    this.#forget();
    this.all.hidden = names.length <= FEW;
    this.chips.classList.toggle("many", names.length > FEW);
    this.chips.replaceChildren(
      ...names.map((name) =>
        button(pretty(name), () => this.#toggle(name), { "data-name": name, "aria-label": `feature ${name}` }),
      ),
    );
  }

  /** @param {string} name */
  #toggle(name) {
    const on = new Set(this.on);
    if (!on.delete(name)) on.add(name);
    this.#mark(this.names.filter((one) => on.has(one)));
  }

  /** @param {string[]} on of nothing nothing is learnt: then it waits for the first */
  #mark(on) {
    this.#forget();
    if (on.length === 0 && this.names.length <= FEW) return;
    this.#press((this.on = on));
    const told = () => {
      this.soon = null;
      if (on.length) this.chosen(on);
    };
    if (this.names.length <= FEW) told();
    else this.soon = setTimeout(told, on.length ? WAIT : 60 * WAIT);
  }

  #forget() {
    if (this.soon !== null) clearTimeout(this.soon);
    this.soon = null;
  }

  /** @param {string[]} on */
  #press(on) {
    const pressed = new Set(on);
    for (const chip of this.chips.children)
      set(chip, { "aria-pressed": String(pressed.has(chip.getAttribute("data-name") ?? "")) });
  }
}
