/**
 * One neuron: its weights and bias to be changed, and its arithmetic for one example, forwards and backwards.
 */

import { button, check, choice, number, words } from "./controls.js";
import { element, set, write } from "./elements.js";
import { biasOf, columnsOf, weightOf } from "./network_columns.js";
import { counted, grouped } from "./numbers.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./network_columns.js").Column} Column */

const MOST_WEIGHTS = 64;
const TOP = 8;
const DIGITS = 5;

export class NeuronPanel {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.asked = "";
    this.busy = false;
    this.shownWeights = "";
    /** @type {import("./controls.js").Control<number>[]} */
    this.fields = [];
    /** A neuron of a network that is not drawn, such as 1:3,4,0; nothing for those that matter most. */
    this.other = "";
    this.neuron = choice("Neuron", (value) => this.#choose(value));
    this.place = words("Its place", false, (text) => this.#ofOther(this.other.split(":")[0], text));
    for (const one of [this.neuron, this.place]) one.root.classList.add("long");
    this.part = choice("Example of", (part) => store.take({ part, number: 0 }));
    this.number = number("Number", { low: 0, whole: true }, (at) => store.take({ part: this.#part(), number: at }));
    this.backwards = check("and backwards", () => this.#renew());
    this.backwards.show(true);
    this.weights = element("div", { class: "weights" });
    this.text = element("pre", { class: "arithmetic", tabindex: 0, "aria-label": "The arithmetic" });
    this.stale = element("p", { class: "quiet", role: "status" });
    const next = button("Next example", () => store.take({ part: this.#part(), number: this.#number() + 1 }));
    const chooser = element(
      "div",
      {},
      element("div", { class: "fields" }, this.neuron.root, this.place.root, this.part.root, this.number.root, next),
      this.backwards.root,
      element("h3", {}, "Its weights and bias"),
      this.weights,
    );
    this.root = element("div", { class: "split" }, chooser, element("div", {}, this.stale, this.text));
    store.on(["neuron", "state", "data"], () => this.#showChoice());
    store.on(["neuron", "example", "state", "frame"], () => this.#renew());
    store.on(["frame", "neuron"], () => this.#showWeights());
  }

  /** @returns {Column[]} */
  get columns() {
    const run = this.store.run;
    return run ? (columnsOf(run, this.store.data[this.store.selected]) ?? []) : [];
  }

  /** @returns {string} */
  #part() {
    const part = this.store.example.part;
    return typeof part === "string" ? part : "test";
  }

  /** @returns {number} */
  #number() {
    const at = this.store.example.number;
    return typeof at === "number" ? at : -1;
  }

  /** @param {string} value such as 2:3 */
  #choose(value) {
    const [layer, place] = value.split(":").map(Number);
    const column = this.columns.find((one) => one.layer === layer);
    if (column) this.store.choose({ layer, place, name: column.names[place] });
    else this.store.choose(null);
    const shape = this.#others.find((one) => value === `${one.number}:`)?.shape;
    this.#ofOther(shape ? value.slice(0, -1) : "", shape ? shape.map(() => 0).join(",") : "");
  }

  /** @returns {import("./protocol.js").Layer[]} the layers of a network that is not drawn */
  get #others() {
    return this.columns.length ? [] : (this.store.run?.layers ?? []);
  }

  /**
   * @param {string} layer
   * @param {string} place in what it gives: one number for each axis
   */
  #ofOther(layer, place) {
    this.other = layer && `${layer}:${place.replaceAll(" ", "")}`;
    this.#showChoice();
    this.#renew();
  }

  /** A layer of a network that is not drawn is chosen with a place in what it gives. */
  #showPlace() {
    const [number, place] = this.other.split(":");
    const layer = this.#others.find((one) => String(one.number) === number);
    if (!layer) this.other = "";
    this.place.root.hidden = !layer;
    if (!layer) return;
    const names = layer.shape.length === 3 ? ["row", "column", "map"] : ["place"];
    const limits = layer.shape.map((size, axis) => `${names[axis] ?? "place"} 0 to ${size - 1}`);
    this.place.root.firstElementChild?.replaceChildren(`Its place: ${limits.join(", ")}`);
    this.place.show(place);
  }

  /** @returns {import("./store.js").NeuronChosen | null} the one that is chosen, where it has weights of its own */
  get #chosen() {
    const chosen = this.store.neuron;
    return this.columns.some((column) => column.layer === chosen?.layer && column.weight) ? chosen : null;
  }

  #showChoice() {
    const columns = this.columns.filter((column) => column.weight);
    this.neuron.offer([
      ["", "those that matter most"],
      ...columns.flatMap((column) =>
        column.names
          .slice(0, MOST_WEIGHTS)
          .map(
            (name, place) =>
              /** @type {[string, string]} */ ([
                `${column.layer}:${place}`,
                column.kind === "output" ? `output ${name}` : `layer ${column.layer}, ${name}`,
              ]),
          ),
      ),
      ...this.#others.map(
        (layer) => /** @type {[string, string]} */ ([`${layer.number}:`, `layer ${layer.number}, ${layer.name}`]),
      ),
    ]);
    this.#showPlace();
    const chosen = this.#chosen;
    this.neuron.show(chosen ? `${chosen.layer}:${chosen.place}` : this.other && `${this.other.split(":")[0]}:`);
    this.part.offer([
      ["test", "the test part"],
      ["train", "the training part"],
      ["validation", "the validation part"],
    ]);
    this.part.show(this.#part());
    this.number.show(Math.max(0, this.#number()));
    this.#showWeights();
  }

  #showWeights() {
    const at = this.columns.findIndex((column) => column.layer === this.store.neuron?.layer);
    const chosen = this.store.neuron;
    const editable = this.store.run?.editable ?? false;
    if (chosen === null || at < 1 || chosen.place >= this.columns[at].all || !editable) {
      this.shownWeights = "";
      const why = editable
        ? this.columns.length
          ? "Choose a neuron, here or in the drawing."
          : "Of layers other than dense ones the weights are not changed here."
        : "This network is too large for changing weights here.";
      this.weights.replaceChildren(element("p", { class: "quiet" }, why));
      return;
    }
    const [before, column] = [this.columns[at - 1], this.columns[at]];
    const wanted = JSON.stringify([before, column, chosen]);
    if (wanted !== this.shownWeights) this.#makeFields(before, column, chosen.place);
    this.shownWeights = wanted;
    this.#fill(before, column, chosen.place);
  }

  /**
   * @param {Column} before
   * @param {Column} column
   * @param {number} unit
   */
  #makeFields(before, column, unit) {
    const inputs = Math.min(MOST_WEIGHTS, before.all);
    const names = Array.from({ length: inputs }, (_, place) => before.names[place] ?? `input ${place}`);
    this.fields = names.map((name, place) =>
      number(`from ${name}`, {}, (value) => void this.actions.edit(column.weight, [place, unit], value)),
    );
    if (column.bias)
      this.fields.push(number("bias", {}, (value) => void this.actions.edit(column.bias, [unit], value)));
    this.weights.replaceChildren(...this.fields.map((field) => field.root));
    if (before.all > inputs)
      this.weights.append(element("p", { class: "quiet" }, `and ${counted(before.all - inputs, "weight")} more`));
  }

  /**
   * @param {Column} before
   * @param {Column} column
   * @param {number} unit
   */
  #fill(before, column, unit) {
    const arrays = this.store.position?.arrays ?? {};
    const inputs = Math.min(MOST_WEIGHTS, before.all);
    this.fields.forEach((field, place) => {
      const value = place < inputs ? weightOf(arrays, column, place, unit) : biasOf(arrays, column, unit);
      if (value !== null) field.show(Number(value.toPrecision(DIGITS)));
    });
  }

  /** Asked again where something has changed, and not while it trains: the arithmetic is that of one moment. */
  #renew() {
    const run = this.store.run;
    const frame = this.store.position?.frame;
    if (!run || !frame || this.root.offsetParent === null) return;
    write(this.stale, run.running ? "Pause to see the arithmetic of this moment." : this.#exampleName());
    set(this.text, { hidden: run.running });
    if (run.running || this.busy) return;
    const wanted = this.#wanted();
    if (wanted !== this.asked) void this.#ask(wanted);
  }

  /** @returns {string} what the arithmetic depends on */
  #wanted() {
    const { run, position, neuron, example, selected } = this.store;
    const weights = Object.entries(position?.arrays ?? {})
      .filter(([name]) => name.startsWith("params/"))
      .map(([, numbers]) => numbers.data.join());
    return JSON.stringify([
      selected,
      position?.frame.step,
      weights,
      neuron,
      this.other,
      example,
      this.#isBackwards(),
      run?.settings,
    ]);
  }

  #isBackwards() {
    return this.backwards.root.querySelector("input")?.checked ?? true;
  }

  /** @param {string} wanted */
  async #ask(wanted) {
    this.busy = true;
    this.asked = wanted;
    if (!this.text.textContent) write(this.text, "Working it out …");
    const chosen = this.#chosen;
    const fields = {
      example: this.store.example,
      neurons: chosen ? [`${chosen.layer}:${chosen.place}`] : this.other ? [this.other] : [],
      backwards: this.#isBackwards(),
      top: TOP,
    };
    const found = /** @type {import("./protocol.js").Explanation | null} */ (await this.actions.ask("explain", fields));
    this.busy = false;
    write(this.text, found ? [...found.text].join("\n") : "");
    this.#renew();
  }

  /** @returns {string} */
  #exampleName() {
    const at = this.#number();
    if (at < 0) return "The place that was clicked";
    const name = this.store.data[this.store.selected]?.examples[this.#part()]?.names?.[at];
    return `Example ${grouped(at)} of the ${this.#part()} part${name ? `: ${name}` : ""}`;
  }

  /** The panel has been opened. */
  opened() {
    this.#renew();
  }
}
