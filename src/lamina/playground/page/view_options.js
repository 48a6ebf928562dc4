/**
 * What is shown and how: it stands in the address and changes nothing of the training.
 */

import { check, choice, slider } from "./controls.js";
import { element, found, set } from "./elements.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

/** Controls that a link may leave out, so that a class sees those alone that a lesson is about. */
export const HIDEABLE = /** @type {[name: string, title: string][]} */ ([
  ["data", "Data sets"],
  ["own", "Your own data"],
  ["noise", "Noise"],
  ["points", "Points"],
  ["share", "Share for training"],
  ["features", "Features"],
  ["layers", "Layers and neurons"],
  ["activation", "Activation"],
  ["rate", "Learning rate"],
  ["optimizer", "Optimizer"],
  ["momentum", "Momentum"],
  ["batch", "Batch size"],
  ["loss", "Loss"],
  ["penalty", "Regularization"],
  ["speed", "Speed"],
  ["seed", "Seed"],
  ["step", "Step"],
  ["reset", "Start again"],
  ["test", "Test examples"],
  ["discrete", "Discrete"],
  ["inside", "Look inside"],
]);

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
    this.hiding = HIDEABLE.map(([name, title]) => check(title, (off) => this.#hide(name, off)));
    const single = element("div", { class: "hiding", role: "group", "aria-label": "Controls to hide" });
    single.append(...this.hiding.map((one) => one.root));
    const folded = element("details", { id: "hiding" }, element("summary", {}, "Hide single controls"), single);
    part.append(this.bare.root, this.look.root, this.chunk.root, folded);
    this.test.root.dataset.control = "test";
    this.discrete.root.dataset.control = "discrete";
    found("output-title", HTMLElement).after(
      element("div", { class: "map-options" }, this.test.root, this.discrete.root, this.logarithmic.root),
    );
    store.on(["view", "state"], () => this.#show());
  }

  /**
   * @param {string} name
   * @param {boolean} off
   */
  #hide(name, off) {
    const others = this.store.view.hide.filter((one) => one !== name);
    this.store.show({ hide: off ? [...others, name] : others });
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
    HIDEABLE.forEach(([name], at) => this.hiding[at].show(view.hide.includes(name)));
    for (const one of document.querySelectorAll("[data-control]"))
      one.classList.toggle("left-out", view.hide.includes(one.getAttribute("data-control") ?? ""));
    document.body.dataset.hide = view.hide.join(" ");
    if (view.look) document.documentElement.dataset.look = view.look;
    else delete document.documentElement.dataset.look;
  }
}
