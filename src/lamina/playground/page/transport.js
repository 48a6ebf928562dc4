/**
 * Run, pause, step, start again; the readings; what the server is busy with.
 */

import { element, found, update, write } from "./elements.js";
import { announce } from "./notices.js";
import { NONE, grouped, percent, short } from "./numbers.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

const UNITS = ["epoch", "batch", "example"];
const FIGURES = ["epoch", "train-loss", "test-loss", "validation-loss", "test-error"];

export class Transport {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    /** @type {Map<string, string>} */
    this.compiling = new Map();
    this.frames = { since: performance.now(), count: 0, rate: 0 };
    this.unit = found("step-by", HTMLSelectElement);
    this.unit.append(...UNITS.map((unit) => element("option", { value: unit }, `one ${unit}`)));
    found("run", HTMLButtonElement).addEventListener("click", () => void actions.toggle());
    found("step", HTMLButtonElement).addEventListener("click", () => void actions.step(this.unit.value));
    found("reset", HTMLButtonElement).addEventListener("click", () => void actions.reset());
    store.on(["state"], () => this.#showState());
    store.on(["frame", "state"], () => this.#showFrame());
  }

  /**
   * @param {string} run
   * @param {string | null} why a program is being made; null: it is there
   */
  compile(run, why) {
    if (why === null) this.compiling.delete(run);
    else this.compiling.set(run, why);
    if (why !== null) announce(`a program is made: ${why}`);
    this.#showActivity();
  }

  #showState() {
    const run = this.store.run;
    document.body.toggleAttribute("data-running", this.actions.running);
    write(found("run-word", HTMLElement), this.actions.running ? "Pause" : "Run");
    for (const id of ["run", "step", "reset"]) found(id, HTMLButtonElement).disabled = !run?.trainable;
    this.#showActivity();
  }

  #showFrame() {
    const frame = this.store.position?.frame;
    if (!frame) {
      this.#showNothing();
      return;
    }
    this.#count();
    const numbers = frame.measure !== "error";
    const figure = numbers ? short : percent;
    write(found("epoch", HTMLElement), grouped(frame.epoch));
    update(found("epoch", HTMLElement), "title", `${grouped(frame.step)} steps`);
    write(found("train-loss", HTMLElement), short(frame.loss.train));
    write(found("test-loss", HTMLElement), short(frame.loss.test));
    write(found("validation-loss", HTMLElement), short(frame.loss.validation));
    write(found("error-name", HTMLElement), numbers ? "Test error (mean size)" : "Test error");
    write(found("test-error", HTMLElement), figure(frame.error.test));
    update(
      found("test-error", HTMLElement),
      "title",
      `training ${figure(frame.error.train)}, validation ${figure(frame.error.validation)}`,
    );
    update(document.body, "data-step", String(frame.step));
    this.#showActivity();
  }

  /** The data is new: nothing was measured on it yet. */
  #showNothing() {
    for (const id of FIGURES) write(found(id, HTMLElement), NONE);
    document.body.removeAttribute("data-step");
  }

  /** Counts frames and takes their rate once a second. */
  #count() {
    const seconds = (performance.now() - this.frames.since) / 1000;
    if (seconds < 1) return;
    this.frames.rate = (this.store.framesSeen - this.frames.count) / seconds;
    this.frames.since = performance.now();
    this.frames.count = this.store.framesSeen;
    update(document.body, "data-frame-rate", this.frames.rate.toFixed(1));
    update(document.body, "data-acknowledged", this.actions.connection.acknowledged.toFixed(1));
  }

  #showActivity() {
    const run = this.store.run;
    const frame = this.store.position?.frame;
    const place = found("activity", HTMLElement);
    write(place, this.#activity(run, frame));
    place.classList.toggle("warned", this.compiling.size === 0 && Boolean(run?.trainable && frame?.warning));
  }

  /**
   * @param {import("./protocol.js").Run | null} run
   * @param {import("./protocol.js").Frame | undefined} frame
   * @returns {string}
   */
  #activity(run, frame) {
    const why = [...this.compiling.values()][0];
    if (why !== undefined) return `Making a program${why ? `: ${why}` : ""} …`;
    if (run && !run.trainable) return run.why_not;
    if (frame?.warning) return frame.warning;
    if (!run || !frame) return "";
    if (run.running) return `${grouped(frame.steps_per_second)} steps a second`;
    const example = frame.example ? `, example ${frame.example}` : "";
    return frame.batch || frame.example ? `batch ${frame.batch} of ${frame.batches}${example}` : "";
  }
}
