/**
 * The network with its heads: layers and neurons added and taken away, each layer's activation, norm and dropout.
 */

import { button } from "./controls.js";
import { DrawnInputs } from "./drawn_inputs.js";
import { drawn, element, found, rebuild, set, write } from "./elements.js";
import { layerHead } from "./layer_head.js";
import { LayerList } from "./layer_list.js";
import { MapCard } from "./map_card.js";
import { biasOf, columnsOf } from "./network_columns.js";
import { NetworkView, mapFor } from "./network_view.js";
import { grown, hiddenOf, written } from "./network_words.js";
import { counted, signed } from "./numbers.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./network_columns.js").Column} Column */
/** @typedef {import("./network_words.js").Hidden} Hidden */

const REST = ["width: its size", "square: what a neuron gives over the plane", "dot: its bias, filled where positive"];
const LEGEND = /** @type {[string, string][]} */ ([
  ["positive", "positive weight"],
  ["negative", "negative weight"],
]);

export class NetworkPanel {
  /**
   * @param {Store} store
   * @param {Actions} actions
   * @param {(to: Column, from: number, unit: number) => void} askWeight
   * @param {(column: Column, unit: number) => void} askBias
   */
  constructor(store, actions, askWeight, askBias) {
    this.store = store;
    this.actions = actions;
    /** @type {Column[] | null} */
    this.columns = null;
    this.drawn = "";
    /** @type {{ column: Column, place: number, at: Element } | null} */
    this.over = null;
    this.card = new MapCard();
    this.inputs = new DrawnInputs(() => this.#resized());
    this.heads = element("div", { class: "layer-heads" });
    this.stage = element("div", { class: "stage" }, this.heads);
    this.reading = element("p", { class: "reading", "aria-hidden": "true" });
    this.legend = element(
      "p",
      { class: "legend" },
      ...LEGEND.map(([sign, text]) => element("span", {}, sample(sign), text)),
      ...REST.map((text) => element("span", {}, text)),
    );
    this.list = new LayerList(store, actions);
    this.view = new NetworkView(this.stage, {
      neuron: (column, place) => store.choose({ layer: column.layer, place, name: column.names[place] }),
      weight: askWeight,
      bias: askBias,
      over: (what) => this.#hover(what),
      overWeight: (text) => write(this.reading, text),
    });
    found("network-body", HTMLElement).append(this.stage, this.inputs.root, this.reading, this.legend, this.list.root);
    store.on(["state", "data"], () => this.#build());
    store.on(["frame", "view", "state", "data"], () => this.#paint());
    store.on(["neuron", "state"], () => this.#mark());
    new ResizeObserver(() => this.#resized()).observe(this.stage);
  }

  /** Drawn anew only where the structure or the room has changed: a frame never does that. */
  #build() {
    const run = this.store.run;
    if (!run) return;
    const columns = columnsOf(run, this.store.data[this.store.selected]);
    this.columns = columns && this.inputs.chosen(columns, this.store.position, run.running);
    this.#showCount();
    this.stage.hidden = this.legend.hidden = this.columns === null;
    if (columns === null) this.inputs.root.hidden = true;
    this.list.show(hiddenOf(run) === null);
    const wanted = JSON.stringify([
      this.columns,
      run.settings.network,
      this.store.state?.choices.activations,
      this.stage.clientWidth,
    ]);
    if (this.columns === null || wanted === this.drawn) return;
    this.drawn = wanted;
    this.card.hide();
    const across = this.view.build(this.columns, this.stage.clientWidth);
    this.#showHeads(across, this.columns);
    this.#paint(); // the frame may have been painted before, on the squares that are gone
  }

  #resized() {
    this.#build();
    this.#paint();
  }

  #showCount() {
    const layers = this.#hidden();
    const place = found("layer-count", HTMLElement);
    if (layers === null) {
      place.replaceChildren();
      return;
    }
    const limit = this.store.state?.choices.limits.layers ?? 0;
    rebuild(place, [
      button("−", () => this.#set(layers.slice(0, -1)), {
        class: "small",
        "aria-label": "Take the last hidden layer away",
        disabled: layers.length === 0,
      }),
      element("span", {}, counted(layers.length, "hidden layer")),
      button("+", () => this.#set(grown(layers)), {
        class: "small",
        id: "add-layer",
        "aria-label": "Add a hidden layer",
        disabled: layers.length >= limit,
      }),
    ]);
  }

  /** @returns {Hidden[] | null} */
  #hidden() {
    return this.store.run ? hiddenOf(this.store.run) : null;
  }

  /** @param {Hidden[]} layers */
  #set(layers) {
    void this.actions.settings({ network: written(layers) });
  }

  /**
   * @param {number[]} across
   * @param {Column[]} columns
   */
  #showHeads(across, columns) {
    const layers = this.#hidden() ?? [];
    const editable = layers.length === columns.length - 2;
    const { activations = [], limits } = this.store.state?.choices ?? {};
    const offered = { activations, units: limits?.units ?? 0 };
    const heads = columns.map((column, at) => {
      const hidden = editable && column.kind === "hidden";
      const head = hidden
        ? layerHead(layers, at - 1, offered, (changed) => this.#set(changed))
        : [
            element(
              "span",
              {},
              column.kind === "input" ? "inputs" : column.kind === "output" ? "output" : column.title,
            ),
          ];
      const part = column.shown.length < column.all && column.names.length === column.all;
      const told = part ? `${column.shown.length} of ${column.all}` : "";
      const placed = element("div", { class: "layer-head" }, ...head, element("span", { class: "quiet" }, told));
      placed.style.left = `${across[at]}px`;
      return placed;
    });
    rebuild(this.heads, heads);
  }

  /** @param {{ column: Column, place: number, at: Element } | null} what */
  #hover(what) {
    this.over = what;
    if (what === null) this.card.hide();
    else this.#showCard(what);
  }

  /** @param {{ column: Column, place: number, at: Element }} what */
  #showCard({ column, place, at }) {
    const position = this.store.position;
    if (!position) return;
    const bias = biasOf(position.arrays, column, place);
    const lines = [column.names[place], ...(bias === null ? [] : [`bias ${signed(bias)}`]), ...column.behind];
    this.card.show(at, mapFor(column, place, position.frame, position.arrays), lines, this.store.view.discrete);
  }

  #paint() {
    const position = this.store.position;
    if (!position || this.columns === null) return;
    this.view.paint(position.frame, position.arrays, this.store.view.discrete);
    if (this.over !== null && !this.card.root.hidden) this.#showCard(this.over);
  }

  #mark() {
    const chosen = this.store.neuron;
    for (const square of this.view.squares) {
      const column = this.view.columns[square.column];
      const here = chosen !== null && column.layer === chosen.layer && square.place === chosen.place;
      set(square.button, { "aria-current": here ? "true" : null });
    }
  }
}

/** @param {string} sign */
function sample(sign) {
  return drawn(
    "svg",
    { viewBox: "0 0 36 10", "aria-hidden": "true" },
    drawn("path", { d: "M1 5H35", class: `link ${sign}`, "stroke-width": 3 }),
  );
}
