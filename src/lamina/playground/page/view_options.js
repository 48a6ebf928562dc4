/**
 * What is shown and how: it stands in the address and changes nothing of the training.
 */

import { check, choice, slider } from "./controls.js";
import { element, found, set } from "./elements.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

export class ViewOptions {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.test = check("Test examples", (test) => store.show({ test }));
    this.discrete = check("Discrete", (discrete) => store.show({ discrete }));
    this.logarithmic = check("Log losses", (logarithmic) => store.show({ logarithmic }));
    this.bare = check("Hide the settings", (bare) => store.show({ bare }));
    this.look = choice("Look", (look) => store.show({ look }));
    this.look.offer([
      ["", "as the system"],
      ["light", "light"],
      ["dark", "dark"],
    ]);
    this.chunk = slider(
      "Length of a computation",
      { low: 0.01, high: 0.5, step: 0.01, text: (seconds) => `${seconds} s` },
      (chunk_seconds) => void actions.ask("view", { chunk_seconds }),
    );
    const button = found("options", HTMLButtonElement);
    const part = found("options-part", HTMLElement);
    button.addEventListener("click", () => {
      part.hidden = !part.hidden;
      set(button, { "aria-expanded": String(!part.hidden) });
    });
    part.append(this.bare.root, this.look.root, this.chunk.root);
    found("output-title", HTMLElement).after(
      element("div", { class: "map-options" }, this.test.root, this.discrete.root, this.logarithmic.root),
    );
    store.on(["view", "state"], () => this.#show());
  }

  #show() {
    const { view, run } = this.store;
    this.test.show(view.test);
    this.discrete.show(view.discrete);
    this.logarithmic.show(view.logarithmic);
    this.bare.show(view.bare);
    this.look.show(view.look);
    if (run) this.chunk.show(run.seconds_a_frame);
    document.body.toggleAttribute("data-bare", view.bare);
    if (view.look) document.documentElement.dataset.look = view.look;
    else delete document.documentElement.dataset.look;
  }
}
