/**
 * What a person can have done: each action is a command to the server, and what it refuses is said.
 */

import { announce, notice, refused } from "./notices.js";
import { short } from "./numbers.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./protocol.js").Settings} Settings */

const KEPT = /** @type {Record<string, string>} */ ({
  weights: "The weights are kept.",
  "some weights": "The weights that fit are kept.",
});

export class Actions {
  /**
   * @param {Store} store
   * @param {Connection} connection
   */
  constructor(store, connection) {
    this.store = store;
    this.connection = connection;
    /** @type {Map<string, string[]>} columns of tables of which the server finds no target by itself */
    this.targets = new Map();
    /** @type {(columns: string[], chosen: (column: string) => void) => void} */
    this.askTarget = () => {};
    /** @type {boolean | null} */
    this.wished = null;
  }

  /**
   * A command about the run that is looked at; nothing where it was refused, which is said.
   * @param {string} command
   * @param {Record<string, unknown>} [fields]
   * @param {string} [run]
   * @returns {Promise<any>}
   */
  async ask(command, fields = {}, run = this.store.selected) {
    try {
      return await this.connection.send(command, { run, ...fields });
    } catch (error) {
      refused(error);
      return null;
    }
  }

  /**
   * The same of all runs, so that two that are compared stay beside each other.
   * @param {string} command
   * @param {Record<string, unknown>} [fields]
   */
  async askAll(command, fields = {}) {
    await Promise.all(this.store.runs.map((run) => this.ask(command, fields, run)));
  }

  /**
   * Change settings. Where that costs what was learnt, the server's reason is shown.
   * @param {Partial<Settings>} settings
   */
  async settings(settings) {
    const result = await this.ask("settings", { settings });
    if (!result?.why) return;
    const told = `${result.why} ${KEPT[result.kept] ?? ""}`.trim();
    const expected = settings.data !== undefined || result.kept === "weights" || result.kept === "rate";
    if (!expected) notice(told, "remark");
    else announce(told);
  }

  /** Whether the runs run, or will as soon as the server comes to it: a second click while it is busy means the other. */
  get running() {
    return this.wished ?? this.store.run?.running ?? false;
  }

  async toggle() {
    const wished = !this.running;
    this.wished = wished;
    this.store.tell("state");
    await this.askAll(wished ? "run" : "pause", wished ? { pace: this.store.view.pace } : {});
    if (this.wished === wished) this.wished = null;
    this.store.tell("state");
    const { epoch = 0, loss } = this.store.position?.frame ?? {};
    announce(wished ? "training runs" : `paused at epoch ${epoch}, test loss ${short(loss?.test)}`);
  }

  /** @param {string} pace */
  async pace(pace) {
    this.store.show({ pace });
    if (this.store.run?.running) await this.askAll("run", { pace });
  }

  /** @param {string} unit */
  async step(unit) {
    await this.askAll("step", { unit, count: 1 });
  }

  async reset() {
    await this.askAll("reset");
    announce("back at the start");
  }

  /**
   * @param {string} array such as 1/weight
   * @param {number[]} index
   * @param {number} value
   */
  edit(array, index, value) {
    return this.ask("edit", { array, index, value });
  }

  /** A second run that begins where the first one is looked at. */
  async fork() {
    if ((await this.ask("fork", { snapshot: this.store.run?.shown ?? null }, "a")) === null) return;
    announce("a second run begins here");
  }

  async drop() {
    this.store.select("a");
    await this.ask("drop", {}, "b");
  }

  /** @param {File} file opened as data or as a model */
  async open(file) {
    try {
      const { source, kind, targets } = await this.connection.upload(file);
      if (targets?.length) this.targets.set(source, targets);
      await this.use(source, kind);
    } catch (error) {
      refused(error);
    }
  }

  /**
   * @param {string} source
   * @param {string} kind data or model
   */
  async use(source, kind) {
    const targets = this.targets.get(source);
    if (kind === "model") await this.ask("open", { source });
    else if (targets) this.askTarget(targets, (target) => void this.settings({ data: source, target }));
    else await this.settings({ data: source });
  }

  /**
   * Keep a file that the server makes, as a download of the browser.
   * @param {string} route
   */
  async download(route) {
    try {
      const { name, content } = await this.connection.download(route);
      const address = URL.createObjectURL(content);
      const link = document.createElement("a");
      Object.assign(link, { href: address, download: name });
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      refused(error);
    }
  }
}
