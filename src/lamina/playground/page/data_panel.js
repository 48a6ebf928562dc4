/**
 * What is learnt from: the six toy data sets with their points, files of one's own, features.
 */

import { button, choice, slider } from "./controls.js";
import { brush, element, found, set, write } from "./elements.js";
import { look } from "./colors.js";
import { FeaturesPanel } from "./features_panel.js";
import { counted, grouped } from "./numbers.js";
import { drawToy } from "./toy_icons.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./protocol.js").Run} Run */

const TITLES = /** @type {Record<string, string>} */ ({
  circle: "Circle",
  exclusive_or: "Exclusive or",
  gauss: "Gauss",
  spiral: "Spiral",
  plane: "Plane",
  multi_gauss: "Multi-gauss",
});
const ICON = 32;

export class DataPanel {
  /**
   * @param {Store} store
   * @param {Actions} actions
   * @param {() => void} pick opens the choice of a file
   */
  constructor(store, actions, pick) {
    this.store = store;
    this.actions = actions;
    const change = (/** @type {Partial<import("./protocol.js").Settings>} */ values) => void actions.settings(values);
    this.tiles = element("div", { class: "tiles", role: "group", "aria-label": "Toy data sets" });
    this.noise = slider(
      "Noise",
      { low: 0, high: 0.5, step: 0.05, text: (value) => `${Math.round(100 * value)} %` },
      (noise) => change({ noise }),
    );
    this.share = slider(
      "Share for training",
      { low: 10, high: 90, step: 10, text: (value) => `${value} %` },
      (train_percent) => change({ train_percent }),
    );
    this.examples = slider("Points", { low: 50, high: 5000, step: 50, text: grouped }, (examples) =>
      change({ examples }),
    );
    this.fresh = button("New points", () => change({ data_seed: (store.run?.settings.data_seed ?? 0) + 1 }));
    this.sources = choice("Ready data", (name) => void this.#use(name));
    this.target = choice("Column to predict", (target) => change({ target, features: [], axes: [] }));
    this.task = choice("Problem", (task) => change({ task }));
    this.axes = [choice("Across", (name) => this.#turn(0, name)), choice("Up", (name) => this.#turn(1, name))];
    this.features = new FeaturesPanel((features) => change({ features }));
    this.facts = element("dl", { class: "facts" });
    this.notes = element("details", { class: "quiet" }, element("summary", {}, "What was found"));
    this.toy = element("div", {}, this.noise.root, this.examples.root, element("div", { class: "row" }, this.fresh));
    this.table = element(
      "div",
      { class: "fields" },
      this.target.root,
      this.task.root,
      ...this.axes.map((one) => one.root),
    );
    const drop = element(
      "div",
      { class: "drop" },
      element("p", { class: "quiet" }, "A table, a folder or a zip of pictures, sounds or texts, a model: drop it anywhere, or"),
      button("Open your own", pick),
    );
    const own = element("div", {}, element("h3", {}, "Your own"), this.sources.root, drop, this.table);
    const named = { data: this.tiles, own, noise: this.noise.root, points: this.examples.root, share: this.share.root };
    for (const [name, part] of Object.entries({ ...named, features: this.features.root })) part.dataset.control = name;
    found("data-body", HTMLElement).append(
      this.tiles,
      own,
      this.toy,
      this.share.root,
      this.features.root,
      this.facts,
      this.notes,
    );
    store.on(["state", "data"], () => this.#show());
    store.on(["view"], () => this.#drawTiles());
  }

  #show() {
    const { run, state } = this.store;
    if (!run || !state) return;
    const toys = [...state.choices.toys.classification, ...state.choices.toys.regression];
    if (this.tiles.childElementCount === 0) this.#makeTiles(state.choices.toys);
    const { settings } = run;
    const isToy = toys.includes(settings.data);
    for (const tile of this.tiles.querySelectorAll(".tile"))
      set(tile, { "aria-pressed": String(tile.getAttribute("data-name") === settings.data) });
    this.toy.hidden = !isToy;
    this.noise.show(settings.noise);
    this.examples.show(settings.examples);
    this.share.show(settings.train_percent);
    this.#showSources(settings.data, isToy);
    this.#showTable(run, isToy);
    this.#showFeatures(run, isToy, isToy ? state.choices.features : this.#columns());
    this.#showFacts(run);
  }

  /** @param {{ classification: string[], regression: string[] }} toys */
  #makeTiles({ classification, regression }) {
    this.tiles.replaceChildren(
      element("p", { class: "quiet" }, "Two classes"),
      ...classification.map((name) => this.#tile(name)),
      element("p", { class: "quiet" }, "A number"),
      ...regression.map((name) => this.#tile(name)),
    );
    this.#drawTiles();
  }

  /** @param {string} name */
  #tile(name) {
    const choose = () => void this.actions.settings({ data: name });
    return element(
      "button",
      { type: "button", class: "tile", "data-name": name, click: choose },
      element("canvas", { "aria-hidden": "true" }),
      TITLES[name] ?? name,
    );
  }

  #drawTiles() {
    for (const tile of this.tiles.querySelectorAll(".tile")) {
      const canvas = tile.querySelector("canvas");
      if (canvas) drawToy(brush(canvas, ICON, ICON), tile.getAttribute("data-name") ?? "", ICON, look());
    }
  }

  /**
   * @param {string} data
   * @param {boolean} isToy
   */
  #showSources(data, isToy) {
    const sources = this.store.state?.sources ?? [];
    const offered = sources.map(
      (source) =>
        /** @type {[string, string]} */ ([source.name, `${source.title}${source.kind === "model" ? " (model)" : ""}`]),
    );
    this.sources.root.hidden = offered.length === 0;
    this.sources.offer(isToy ? [["", "choose …"], ...offered] : offered);
    this.sources.show(isToy ? "" : data);
  }

  /** @param {string} name */
  async #use(name) {
    const source = this.store.state?.sources.find((one) => one.name === name);
    if (source) await this.actions.use(name, source.kind);
  }

  /** @returns {string[]} */
  #columns() {
    return this.store.data[this.store.selected]?.all_columns ?? [];
  }

  /**
   * @param {number} place
   * @param {string} name
   */
  #turn(place, name) {
    const axes = [...(this.store.data[this.store.selected]?.plane?.axes ?? [])];
    if (axes[1 - place] === name) axes[1 - place] = axes[place];
    axes[place] = name;
    void this.actions.settings({ axes });
  }

  /**
   * @param {Run} run
   * @param {boolean} isToy
   */
  #showTable(run, isToy) {
    const data = this.store.data[this.store.selected];
    const columns = this.#columns();
    const numbers = (data?.columns ?? []).filter((column) => column.kind === "number").map((column) => column.name);
    const turns = Boolean(data?.plane) && numbers.length > 2;
    const isTable = columns.length > 0;
    this.table.hidden = isToy || !(isTable || turns);
    this.target.root.hidden = this.task.root.hidden = !isTable;
    if (this.table.hidden) return;
    const targets = [...new Set([run.target, ...columns])].filter(Boolean);
    this.target.offer(targets.map((name) => [name, name]));
    this.target.show(run.target);
    this.task.offer([
      ["", `by itself (${run.task})`],
      ["classification", "classes"],
      ["regression", "numbers"],
    ]);
    this.task.show(run.settings.task);
    this.axes.forEach((axis, place) => {
      axis.root.hidden = !turns;
      axis.offer(numbers.map((name) => [name, name]));
      axis.show(data?.plane?.axes[place] ?? "");
    });
  }

  /**
   * @param {Run} run
   * @param {boolean} isToy
   * @param {string[]} names
   */
  #showFeatures(run, isToy, names) {
    this.features.show(names, run.settings.features.length ? run.settings.features : names, isToy ? "Features" : "Columns");
  }

  /** @param {Run} run */
  #showFacts(run) {
    const data = this.store.data[this.store.selected];
    const { train = 0, validation = 0, test = 0 } = data?.counts ?? {};
    const facts = [
      ["training", train],
      ["validation", validation],
      ["test", test],
    ];
    if (data?.left_out) facts.push(["left out", data.left_out]);
    this.facts.replaceChildren(
      ...facts.flatMap(([name, count]) => [
        element("dt", {}, name),
        element("dd", {}, counted(Number(count), "example")),
      ]),
    );
    this.notes.hidden = run.notes.length === 0;
    this.notes.replaceChildren(
      element("summary", {}, `What was found (${run.notes.length})`),
      ...run.notes.map((note) => element("p", {}, note)),
    );
    const title =
      this.store.state?.sources.find((source) => source.name === run.settings.data)?.title ??
      TITLES[run.settings.data] ??
      run.settings.data;
    const kinds = run.classes.length ? counted(run.classes.length, "class", "classes") : `a number, ${run.target}`;
    write(
      found("subject", HTMLElement),
      `${title} · ${counted(train + validation + test, "example")} · ${kinds} · ${grouped(run.parameters)} weights and biases`,
    );
  }
}
