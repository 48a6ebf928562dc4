/**
 * What the page knows: the server's state, data and newest frames, and what the person looks at.
 * Panels listen for what they show; they are called at most once a picture of the screen.
 */

import { USUAL_VIEW } from "./address.js";

/** @typedef {import("./protocol.js").State} State */
/** @typedef {import("./protocol.js").Run} Run */
/** @typedef {import("./protocol.js").Data} Data */
/** @typedef {import("./protocol.js").Frame} Frame */
/** @typedef {import("./protocol.js").Arrays} Arrays */
/** @typedef {import("./protocol.js").CurvePoint} CurvePoint */
/** @typedef {{ frame: Frame, arrays: Arrays, curve: CurvePoint[] }} Position */
/** @typedef {"state" | "data" | "frame" | "view" | "neuron" | "example"} Kind */
/** @typedef {{ layer: number, place: number, name: string }} NeuronChosen */

const MOST_POINTS = 4000;

export class Store {
  /** @param {(work: () => void) => void} later calls the work before the next picture of the screen */
  constructor(later = (work) => void requestAnimationFrame(work)) {
    this.later = later;
    /** @type {State | null} */
    this.state = null;
    /** @type {Record<string, Data>} */
    this.data = {};
    /** @type {Record<string, Position>} */
    this.positions = {};
    this.selected = "a";
    this.view = { ...USUAL_VIEW };
    /** @type {NeuronChosen | null} */
    this.neuron = null;
    /** @type {Record<string, unknown>} */
    this.example = { part: "test", number: 0 };
    /** @type {Map<Kind, (() => void)[]>} */
    this.listeners = new Map();
    /** @type {Set<Kind>} */
    this.changed = new Set();
    this.framesSeen = 0;
  }

  /** @returns {Run | null} the run that is looked at */
  get run() {
    return this.state?.runs[this.selected] ?? null;
  }

  /** @returns {Position | null} */
  get position() {
    return this.positions[this.selected] ?? null;
  }

  /** @returns {string[]} the names of the runs that there are */
  get runs() {
    return Object.keys(this.state?.runs ?? {}).sort();
  }

  /**
   * @param {Kind[]} kinds
   * @param {() => void} listener
   */
  on(kinds, listener) {
    for (const kind of kinds) this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), listener]);
  }

  /** @param {...Kind} kinds */
  tell(...kinds) {
    if (this.changed.size === 0) this.later(() => this.#call());
    for (const kind of kinds) this.changed.add(kind);
  }

  #call() {
    const kinds = this.changed;
    this.changed = new Set();
    const called = new Set([...kinds].flatMap((kind) => this.listeners.get(kind) ?? []));
    for (const listener of called) listener();
  }

  /**
   * What was measured on other data is void.
   * @param {State} state
   */
  takeState(state) {
    for (const run of Object.keys(this.positions))
      if (state.runs[run]?.settings.data !== this.state?.runs[run]?.settings.data) delete this.positions[run];
    this.state = state;
    for (const data of state.data) this.#takeData(data);
    if (!(this.selected in state.runs)) this.selected = "a";
    this.tell("state");
  }

  /** @param {Data} data */
  #takeData(data) {
    this.data[data.run] = data;
    if (data.run === this.selected) this.example = { part: "test", number: 0 };
    this.tell("data", "example");
  }

  /**
   * The newest frame of a run; arrays that it leaves out stay those of the one before.
   * @param {Frame} frame
   * @param {Arrays} arrays
   */
  takeFrame(frame, arrays) {
    const before = frame.curve_from_start ? undefined : this.positions[frame.run];
    const curve = [...(before?.curve ?? []), ...frame.curve];
    this.positions[frame.run] = { frame, arrays: { ...before?.arrays, ...arrays }, curve: halved(curve) };
    this.framesSeen += 1;
    this.tell("frame");
  }

  /** @param {string} run */
  select(run) {
    this.selected = run;
    this.tell("state", "data", "frame", "neuron");
  }

  /** @param {Partial<import("./address.js").View>} change */
  show(change) {
    this.view = { ...this.view, ...change };
    this.tell("view");
  }

  /** @param {NeuronChosen | null} neuron */
  choose(neuron) {
    this.neuron = neuron;
    this.tell("neuron");
  }

  /** @param {Record<string, unknown>} example */
  take(example) {
    this.example = example;
    this.tell("example");
  }
}

/**
 * Every second point of a curve that has become long; the last one stays.
 * @param {CurvePoint[]} points
 * @returns {CurvePoint[]}
 */
function halved(points) {
  return points.length <= MOST_POINTS ? points : points.filter((_, place) => place % 2 === (points.length - 1) % 2);
}
