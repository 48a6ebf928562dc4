/**
 * The model's answer to an example of one's own, what in it mattered, and what each layer makes of it.
 */

import { choice } from "./controls.js";
import { element, write } from "./elements.js";
import { columnsByStrength, strengths } from "./importance.js";
import { drawingForm, knownForm, soundForm, textForm } from "./input_forms.js";
import { gray, mapsOf, mattered, rowOf, turned } from "./layer_maps.js";
import { columnsOf } from "./network_columns.js";
import { percent, signed } from "./numbers.js";
import { RowForm } from "./row_form.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./protocol.js").Arrays} Arrays */
/** @typedef {import("./protocol.js").Numbers} Numbers */
/** @typedef {import("./protocol.js").Maps} Maps */
/** @typedef {import("./protocol.js").Answer} Answer */

const MOST_BARS = 10;
const RENEWED = 700; // milliseconds between answers to the same example while it trains
const WAYS = /** @type {[string, string][]} */ ([
  ["integrated", "integrated gradients"],
  ["gradient", "the gradient"],
  ["occlusion", "hiding parts"],
  ["", "nothing"],
]);

export class TryPanel {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.made = "";
    this.busy = false;
    this.weights = "";
    this.asked = 0;
    /** @type {Record<string, unknown> | null} */
    this.waiting = null;
    /** @type {Record<string, unknown> | null} */
    this.last = null;
    this.way = choice("Show what mattered, by", () => this.last && this.#given(this.last));
    this.way.offer(WAYS);
    this.way.show("integrated");
    /** @type {RowForm | null} */
    this.row = null;
    this.form = element("div", {});
    this.answer = element("p", { class: "answer", role: "status", id: "answer" });
    this.bars = element("div", { class: "bars" });
    this.caution = element("p", { class: "quiet" });
    this.maps = element("div", {});
    this.root = element(
      "div",
      { class: "split" },
      element("div", {}, this.form, this.way.root),
      element("div", {}, this.answer, this.bars, this.caution, this.maps),
    );
    store.on(["state", "data"], () => this.#showForm());
    store.on(["state", "frame"], () => this.#arrange());
    store.on(["frame", "state"], () => this.#renew());
  }

  #showForm() {
    const run = this.store.run;
    if (!run) return;
    const columns = this.store.data[this.store.selected]?.columns ?? [];
    const wanted = JSON.stringify([this.store.selected, run.settings.data, run.input, columns]);
    if (wanted === this.made) return;
    this.made = wanted;
    this.#offerWays(columns.some((column) => column.kind === "text") ? "text" : run.input);
    this.#clear();
    const given = (/** @type {Record<string, unknown>} */ example) => this.#given(example);
    const forms = /** @type {Record<string, () => HTMLElement>} */ ({
      picture: () => drawingForm(given, () => this.#clear()),
      sound: () => soundForm(given),
      text: () => textForm(given),
    });
    this.row = columns.length ? new RowForm(columns, given) : null;
    const own = forms[run.input]?.() ?? this.row?.root;
    const known = run.trainable ? knownForm(given) : null;
    this.form.replaceChildren(...[own, known].filter((one) => one instanceof Node));
  }

  /** Nothing was asked yet. */
  #clear() {
    this.last = this.waiting = null;
    for (const place of [this.answer, this.bars, this.maps]) place.replaceChildren();
    write(this.caution, "The answer, what mattered in it and what each layer makes of it stand here.");
  }

  /**
   * Parts are hidden of pictures and spectrograms alone; of the words of a text there is no slope.
   * @param {string} input
   */
  #offerWays(input) {
    const seen = input === "picture" || input === "sound";
    this.way.root.hidden = input === "text";
    this.way.offer(WAYS.filter(([way]) => seen || way !== "occlusion"));
    this.way.show("integrated");
  }

  /** The columns of a table in the order in which they matter, as far as the first weights tell. */
  #arrange() {
    const { run, position, data, selected } = this.store;
    if (this.row === null || !run || run.running || !position?.frame.step) return;
    const found = data[selected];
    const first = columnsOf(run, found)?.[1];
    const weights = position.arrays[`params/${first?.weight}`];
    if (weights && found) this.row.arrange(columnsByStrength(found.columns, strengths(weights)));
  }

  /** An answer is that of the weights that are shown: asked for again when they have changed, now and then while they train. */
  #renew() {
    if (this.last === null || this.busy || this.root.offsetParent === null || this.#moment() === this.weights) return;
    if (this.store.run?.running && performance.now() - this.asked < RENEWED) return;
    void this.#given(this.last);
  }

  /** The panel has been opened. */
  opened() {
    this.#renew();
  }

  /**
   * Ask for the newest example only: while an answer is awaited, older wishes are forgotten.
   * @param {Record<string, unknown>} example
   */
  async #given(example) {
    this.last = this.waiting = example;
    if (this.busy) return;
    this.busy = true;
    while (this.waiting !== null) {
      const asked = this.waiting;
      this.waiting = null;
      this.weights = this.#moment();
      this.asked = performance.now();
      const answer = /** @type {Answer | null} */ (
        await this.actions.ask("answer", { example: asked, way: this.#way() })
      );
      if (answer && this.last !== null) this.#show(answer);
    }
    this.busy = false;
  }

  /** @returns {string} which weights are shown: an edit changes the loss and not the step */
  #moment() {
    const frame = this.store.position?.frame;
    return frame ? `${frame.step} ${frame.loss.train}` : "";
  }

  /** @returns {string | null} */
  #way() {
    return this.way.root.querySelector("select")?.value || null;
  }

  /** @param {Answer} answer */
  #show(answer) {
    write(this.answer, answer.text);
    write(this.caution, answer.caution);
    const shown = [...answer.probabilities].sort((a, b) => b.share - a.share).slice(0, MOST_BARS);
    this.bars.replaceChildren(
      ...shown.flatMap(({ name, share }) => [
        element("span", {}, name),
        element("meter", { min: 0, max: 1, value: share, "aria-label": name }),
        element("span", {}, percent(share)),
      ]),
    );
  }

  /**
   * @param {Maps} header
   * @param {Arrays} arrays
   */
  showMaps(header, arrays) {
    if (this.last === null) return;
    const parts = [];
    if (this.store.run?.input === "sound") arrays = upright(arrays);
    if (isPicture(arrays.input)) parts.push(...this.#pictures(arrays));
    else if (arrays.mattered) parts.push(...this.#rows(arrays.mattered));
    for (const { layer, name } of header.layers) {
      const found = arrays[`output/${layer}`];
      if (found && found.shape.length === 3) parts.push(element("h3", {}, `layer ${layer}, ${name}`), mapsOf(found));
      else if (found) parts.push(element("h3", {}, `layer ${layer}, ${name}`), rowOf(found));
    }
    this.maps.replaceChildren(...parts);
  }

  /** @param {Arrays} arrays */
  #pictures(arrays) {
    const sound = this.store.run?.input === "sound";
    const title = sound ? "What the network hears: time to the right, pitch upwards" : "What the network sees";
    const seen = element("figure", {}, element("figcaption", {}, title), gray(arrays.input));
    if (!arrays.mattered) return [seen];
    const why = element("figure", {}, element("figcaption", {}, "What mattered"), mattered(arrays.mattered));
    const told = element("p", { class: "quiet" }, "Blue speaks for the answer, orange against it; strength is size.");
    return [element("div", { class: "row" }, seen, why), told];
  }

  /** @param {Numbers} found */
  #rows(found) {
    const names = this.store.data[this.store.selected]?.inputs ?? [];
    const order = [...found.data.keys()]
      .sort((a, b) => Math.abs(found.data[b]) - Math.abs(found.data[a]))
      .slice(0, MOST_BARS);
    const rows = order.map((place) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, names[place] ?? `input ${place}`),
        element("td", { class: "number" }, signed(found.data[place])),
      ),
    );
    return [element("h3", {}, "What mattered"), element("table", {}, ...rows)];
  }
}

/**
 * Spectrograms as people read them: time to the right, high pitches above.
 * @param {Arrays} arrays
 * @returns {Arrays}
 */
function upright(arrays) {
  /** @type {Arrays} */
  const made = {};
  for (const [name, found] of Object.entries(arrays)) {
    const first = name.startsWith("output/") ? 1 : 0; // a layer's maps come one after the other
    made[name] = found.shape.length === 3 ? turned(found, first) : found;
  }
  return made;
}

/** @param {Numbers | undefined} found */
function isPicture(found) {
  return found !== undefined && found.shape.length === 3;
}
