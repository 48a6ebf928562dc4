/**
 * What came out: of each run the map, the losses, the confusion; two runs stand beside each other.
 */

import { button } from "./controls.js";
import { SCALES, blend, css, look, ofClass } from "./colors.js";
import { confusionTable } from "./confusion.js";
import { thinned } from "./curve.js";
import { DecisionMap } from "./decision_map.js";
import { brush, element, found, set, write } from "./elements.js";
import { LossCurve } from "./loss_curve.js";
import { drawMark, form } from "./marks.js";
import { grouped, percent, short } from "./numbers.js";
import { differences } from "./run_differences.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

/** One run's part of the panel. */
class RunOutput {
  /**
   * @param {Store} store
   * @param {string} name
   * @param {(example: Record<string, unknown>) => void} chosen
   * @param {Actions} actions
   */
  constructor(store, name, chosen, actions) {
    this.store = store;
    this.name = name;
    this.look_at = button(`Run ${name.toUpperCase()}`, () => store.select(name));
    this.figures = element("span", { class: "quiet" });
    this.away = button("Take away", () => void actions.drop(), { hidden: name === "a", id: `drop-${name}` });
    this.differs = element("p", { class: "quiet differs" });
    this.head = element("div", { class: "row run-head" }, this.look_at, this.away, this.figures, this.differs);
    this.map = new DecisionMap(store, name, chosen);
    this.classes = element("ul", { class: "class-list" });
    this.scale = element("div", { class: "scale" });
    this.curve_place = element("div", {});
    this.curve = new LossCurve(this.curve_place);
    this.confusion = element("div", {});
    this.counts = "";
    this.root = element(
      "div",
      { class: "run-output" },
      this.head,
      this.map.root,
      this.classes,
      this.scale,
      this.curve_place,
      this.confusion,
    );
  }

  showState() {
    const run = this.store.state?.runs[this.name];
    if (!run) return;
    this.head.hidden = this.store.runs.length < 2;
    this.#showDifferences(run);
    set(this.look_at, { "aria-pressed": String(this.store.selected === this.name) });
    this.map.show(this.store.data[this.name]?.plane != null);
    const isClass = run.task === "classification";
    this.classes.hidden = !isClass;
    this.classes.replaceChildren(
      ...run.classes.slice(0, 12).map((name, place) => element("li", {}, classMark(place), name)),
    );
    this.#showScale(isClass);
  }

  /** @param {import("./protocol.js").Run} run */
  #showDifferences(run) {
    const other = this.store.state?.runs[this.name === "a" ? "b" : "a"];
    if (!other) return;
    const found = differences(run.settings, other.settings);
    write(this.differs, found.length ? found.join(", ") : "the same settings as the other run");
  }

  /** @param {boolean} isClass */
  #showScale(isClass) {
    const data = this.store.data[this.name];
    this.scale.hidden = isClass || !data?.plane;
    if (this.scale.hidden) return;
    const canvas = element("canvas", { role: "img", "aria-label": "Colors of the numbers: orange low, blue high" });
    this.scale.replaceChildren(
      element("span", {}, short(data.target_low)),
      canvas,
      element("span", {}, short(data.target_high)),
    );
    const context = brush(canvas, 100, 10);
    const scale = SCALES[look()];
    for (let x = 0; x < 100; x++) {
      const value = x / 50 - 1;
      context.fillStyle = css(blend(scale.zero, value < 0 ? scale.negative : scale.positive, Math.abs(value)));
      context.fillRect(x, 0, 1, 10);
    }
  }

  paint() {
    const position = this.store.positions[this.name];
    const run = this.store.state?.runs[this.name];
    if (!run) return;
    this.curve.logarithmic = this.store.view.logarithmic;
    if (!position) {
      this.#showNothing();
      return;
    }
    const { frame } = position;
    this.map.paint();
    this.curve.show(
      position.curve,
      Object.values(this.store.positions).flatMap((one) => thinned(one.curve)),
      run.shown === null ? Infinity : frame.epoch + frame.batch / frame.batches,
    );
    const figure = frame.measure === "error" ? percent : short;
    write(this.figures, `epoch ${grouped(frame.epoch)}, test loss ${short(frame.loss.test)}, error ${figure(frame.error.test)}`);
    this.#showConfusion(frame.confusion, run.classes);
  }

  /** The data is new: nothing was measured on it yet. */
  #showNothing() {
    this.curve.show([]);
    write(this.figures, "");
    this.#showConfusion(null, []);
  }

  /**
   * @param {number[][] | null} counts
   * @param {string[]} classes
   */
  #showConfusion(counts, classes) {
    const wanted = JSON.stringify([counts, classes]);
    if (wanted === this.counts) return;
    this.counts = wanted;
    this.confusion.replaceChildren(...(counts ? [confusionTable(counts, classes)] : []));
  }
}

export class OutputPanel {
  /**
   * @param {Store} store
   * @param {Actions} actions
   * @param {(example: Record<string, unknown>) => void} chosen
   */
  constructor(store, actions, chosen) {
    this.store = store;
    /** @type {Map<string, RunOutput>} */
    this.outputs = new Map();
    const place = found("output-body", HTMLElement);
    const make = (/** @type {string} */ name) => new RunOutput(store, name, chosen, actions);
    store.on(["state", "data"], () => this.#showRuns(place, make));
    store.on(["frame", "view", "state", "data"], () => this.#paint());
    new ResizeObserver(() => this.#paint()).observe(place);
  }

  /**
   * @param {HTMLElement} place
   * @param {(name: string) => RunOutput} make
   */
  #showRuns(place, make) {
    const names = this.store.runs;
    for (const name of [...this.outputs.keys()]) if (!names.includes(name)) this.outputs.delete(name);
    for (const name of names) if (!this.outputs.has(name)) this.outputs.set(name, make(name));
    const roots = [...this.outputs.values()].map((output) => output.root);
    if (place.childElementCount !== roots.length || roots.some((root) => root.parentElement !== place))
      place.replaceChildren(...roots);
    document.body.toggleAttribute("data-two", names.length > 1);
    for (const output of this.outputs.values()) output.showState();
  }

  #paint() {
    for (const output of this.outputs.values()) output.paint();
  }
}

/** @param {number} place of the class */
function classMark(place) {
  const canvas = element("canvas", { role: "img", "aria-label": form(place) });
  drawMark(brush(canvas, 14, 14), place, 7, 7, 4.5, { edge: css(blend(ofClass(place), [0, 0, 0], 0.3)) });
  return canvas;
}
