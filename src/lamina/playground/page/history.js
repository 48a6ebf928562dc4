/**
 * The slider back through the run; from any place one goes on, or begins a second run.
 */

import { button } from "./controls.js";
import { element, found, set, write } from "./elements.js";
import { grouped, short } from "./numbers.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

export class History {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.busy = false;
    this.place = found("history-part", HTMLElement);
    this.slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Back through the run" });
    this.told = element("output", {});
    this.fork = button("Second run from here", () => void actions.fork(), { id: "fork" });
    this.slider.addEventListener("input", () => void this.#rewind());
    this.place.append(element("span", { class: "quiet" }, "History"), this.slider, this.told, this.fork);
    store.on(["state"], () => this.#show());
  }

  /** While an answer is awaited, only the newest place is remembered. */
  async #rewind() {
    this.#tell();
    if (this.busy) return;
    this.busy = true;
    let asked = -1;
    while (asked !== Number(this.slider.value)) {
      asked = Number(this.slider.value);
      const snapshot = this.store.run?.snapshots[asked];
      if (snapshot) await this.actions.ask("rewind", { snapshot: snapshot.number });
    }
    this.busy = false;
  }

  #show() {
    const run = this.store.run;
    const snapshots = run?.snapshots ?? [];
    this.place.hidden = snapshots.length < 2;
    set(this.slider, { max: Math.max(0, snapshots.length - 1), disabled: run?.running ?? true });
    this.fork.hidden = this.store.runs.length > 1;
    if (!this.busy) this.slider.value = String(placeOf(snapshots, run?.shown ?? null));
    this.#tell();
  }

  #tell() {
    const snapshot = this.store.run?.snapshots[Number(this.slider.value)];
    const text = snapshot ? `epoch ${grouped(snapshot.epoch)}, loss ${short(snapshot.loss)}` : "";
    write(this.told, text);
    set(this.slider, { "aria-valuetext": text });
  }
}

/**
 * Where the slider stands: at the snapshot that is shown, at the end where that is the newest position.
 * @param {import("./protocol.js").Snapshot[]} snapshots
 * @param {number | null} shown
 * @returns {number}
 */
export function placeOf(snapshots, shown) {
  const at = snapshots.findIndex((snapshot) => snapshot.number === shown);
  return at < 0 ? snapshots.length - 1 : at;
}
