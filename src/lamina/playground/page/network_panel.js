/**
 * The network with its heads: layers and neurons added and taken away, each layer's activation, norm and dropout.
 */

import { button, choice } from "./controls.js";
import { drawn, element, found, rebuild, set, write } from "./elements.js";
import { MapCard } from "./map_card.js";
import { biasOf, columnsOf } from "./network_columns.js";
import { NetworkView, mapFor } from "./network_view.js";
import { changed, grown, hiddenOf, written } from "./network_words.js";
import { counted, signed } from "./numbers.js";
import { LayerList } from "./layer_list.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./network_columns.js").Column} Column */
/** @typedef {import("./network_words.js").Hidden} Hidden */

const NORMS = /** @type {[string, string][]} */ ([
  ["", "no norm"],
  ["batchnorm", "batch norm"],
  ["layernorm", "layer norm"],
]);
const DROPOUTS = [0, 0.1, 0.2, 0.3, 0.5];
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
    found("network-body", HTMLElement).append(this.stage, this.reading, this.legend, this.list.root);
    store.on(["state", "data"], () => this.#build());
    store.on(["frame", "view", "state", "data"], () => this.#paint());
    store.on(["neuron", "state"], () => this.#mark());
    new ResizeObserver(() => this.#resized()).observe(this.stage);
  }

  /** Drawn anew only where the structure or the room has changed: a frame never does that. */
  #build() {
    const run = this.store.run;
    if (!run) return;
    this.columns = columnsOf(run, this.store.data[this.store.selected]);
    this.#showCount();
    this.stage.hidden = this.legend.hidden = this.columns === null;
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
    const heads = columns.map((column, at) => {
      const hidden = editable && column.kind === "hidden";
      const head = hidden
        ? this.#head(layers, at - 1)
        : [
            element(
              "span",
              {},
              column.kind === "input" ? "inputs" : column.kind === "output" ? "output" : column.title,
            ),
          ];
      const left_out =
        column.all > column.size
          ? element(
              "span",
              { class: "quiet" },
              column.names.length < column.all ? "" : `first ${column.size} of ${column.all}`,
            )
          : null;
      const placed = element("div", { class: "layer-head" }, ...head, left_out);
      placed.style.left = `${across[at]}px`;
      return placed;
    });
    rebuild(this.heads, heads);
  }

  /**
   * @param {Hidden[]} layers
   * @param {number} place
   * @returns {HTMLElement[]}
   */
  #head(layers, place) {
    const layer = layers[place];
    const named = `hidden layer ${place + 1}`;
    const units = (/** @type {number} */ count) => this.#set(changed(layers, place, { units: count }));
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
        disabled: layer.units >= (this.store.state?.choices.limits.units ?? 0),
      }),
      this.#more(layers, place),
    );
    const activation = select(
      `Activation of ${named}`,
      (this.store.state?.choices.activations ?? []).map((name) => [name, name.replaceAll("_", " ")]),
      layer.activation,
      (name) => this.#set(changed(layers, place, { activation: name })),
    );
    const extra = [layer.norm, layer.dropout ? `dropout ${layer.dropout}` : ""].filter(Boolean).join(", ");
    return [row, activation, element("span", { class: "quiet" }, extra)];
  }

  /**
   * @param {Hidden[]} layers
   * @param {number} place
   */
  #more(layers, place) {
    const layer = layers[place];
    const norm = choice("Norm", (value) =>
      this.#set(changed(layers, place, { norm: /** @type {Hidden["norm"]} */ (value) })),
    );
    norm.offer(NORMS);
    norm.show(layer.norm);
    const dropout = choice("Dropout", (value) => this.#set(changed(layers, place, { dropout: Number(value) })));
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

/** @param {string} sign */
function sample(sign) {
  return drawn(
    "svg",
    { viewBox: "0 0 36 10", "aria-hidden": "true" },
    drawn("path", { d: "M1 5H35", class: `link ${sign}`, "stroke-width": 3 }),
  );
}
