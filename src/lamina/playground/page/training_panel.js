/**
 * How it is trained: every setting of the run with a name, each kept in what it costs by the server.
 */

import { button, choice, number } from "./controls.js";
import { element, found, set } from "./elements.js";
import { short } from "./numbers.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./protocol.js").Settings} Settings */

const RATES = [0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const PACES = /** @type {[string, string][]} */ ([
  ["example", "by example"],
  ["batch", "by batch"],
  ["epoch", "by epoch"],
  ["fast", "fastest"],
]);

export class TrainingPanel {
  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    const change = (/** @type {Partial<Settings>} */ values) => void actions.settings(values);
    this.rate = number("Learning rate", { low: 1e-9, high: 1000, offered: RATES }, (learning_rate) =>
      change({ learning_rate }),
    );
    this.optimizer = choice("Optimizer", (optimizer) => change({ optimizer }));
    this.momentum = number("Momentum", { low: 0, high: 0.9999 }, (momentum) => change({ momentum }));
    this.batch = number(
      "Batch size",
      { low: 1, high: 100000, whole: true, offered: [1, 10, 20, 30, 64, 128] },
      (batch_size) => change({ batch_size }),
    );
    this.loss = choice("Loss", (loss) => change({ loss }));
    this.penalty = choice("Regularization", (kind) => change(penalties(kind, this.#strength() || 0.003)));
    this.strength = number("Its rate", { low: 0, high: 100, offered: PENALTIES }, (value) =>
      change(penalties(this.#kind(), value)),
    );
    this.seed = number("Seed", { low: 0, high: 2 ** 32 - 1, whole: true }, (seed) => change({ seed }));
    this.pace = choice("Speed", (pace) => void actions.pace(pace));
    this.other = button("Other start", () => change({ seed: (store.run?.settings.seed ?? 0) + 1 }), {
      title: "The next seed: other first weights, another order",
    });
    this.warning = element("p", { class: "warning", role: "status", hidden: true });
    this.penalty.offer([
      ["", "none"],
      ["l1", "L1, sizes"],
      ["l2", "L2, squares"],
      ["both", "L1 and L2"],
      ["weight_decay", "weight decay"],
    ]);
    this.pace.offer(PACES);
    found("training-body", HTMLElement).append(
      this.rate.root,
      this.optimizer.root,
      this.momentum.root,
      this.batch.root,
      this.loss.root,
      this.penalty.root,
      this.strength.root,
      this.pace.root,
      this.seed.root,
      this.other,
      this.warning,
    );
    const named = {
      rate: [this.rate.root],
      optimizer: [this.optimizer.root],
      momentum: [this.momentum.root],
      batch: [this.batch.root],
      loss: [this.loss.root],
      penalty: [this.penalty.root, this.strength.root],
      speed: [this.pace.root],
      seed: [this.seed.root, this.other],
    };
    for (const [name, parts] of Object.entries(named)) for (const part of parts) part.dataset.control = name;
    store.on(["state", "view"], () => this.#show());
    store.on(["frame"], () => this.#warn());
  }

  /** @returns {string} */
  #kind() {
    const settings = this.store.run?.settings;
    return settings ? kindOf(settings) : "";
  }

  /** @returns {number} */
  #strength() {
    const settings = this.store.run?.settings;
    return settings ? Math.max(settings.l1, settings.l2, settings.weight_decay) : 0;
  }

  #show() {
    const { run, state } = this.store;
    if (!run || !state) return;
    const { settings } = run;
    const { choices } = state;
    this.rate.show(settings.learning_rate);
    this.optimizer.offer(Object.keys(choices.optimizers).map((name) => [name, name.replaceAll("_", " ")]));
    this.optimizer.show(settings.optimizer);
    this.momentum.show(settings.momentum);
    this.batch.show(settings.batch_size);
    this.loss.offer([
      ["", "the usual one"],
      ...(choices.losses[run.task] ?? []).map(
        (name) => /** @type {[string, string]} */ ([name, name.replaceAll("_", " ")]),
      ),
    ]);
    this.loss.show(settings.loss);
    this.penalty.show(kindOf(settings));
    this.strength.show(this.#strength());
    this.strength.root.hidden = kindOf(settings) === "";
    this.seed.show(settings.seed);
    this.pace.show(this.store.view.pace);
  }

  #warn() {
    const frame = this.store.position?.frame;
    const text = frame?.warning ?? "";
    set(this.warning, { hidden: text === "" });
    if (this.warning.textContent !== text) this.warning.textContent = text;
    const penalty = frame?.penalty ?? 0;
    this.strength.root.title = penalty ? `adds ${short(penalty)} to the loss now` : "";
  }
}

/**
 * @param {Pick<Settings, "l1" | "l2" | "weight_decay">} settings
 * @returns {string} which penalties there are
 */
export function kindOf({ l1, l2, weight_decay }) {
  if (l1 > 0 && l2 > 0) return "both";
  return l1 > 0 ? "l1" : l2 > 0 ? "l2" : weight_decay > 0 ? "weight_decay" : "";
}

/**
 * @param {string} kind
 * @param {number} strength
 * @returns {Pick<Settings, "l1" | "l2" | "weight_decay">}
 */
export function penalties(kind, strength) {
  return {
    l1: kind === "l1" || kind === "both" ? strength : 0,
    l2: kind === "l2" || kind === "both" ? strength : 0,
    weight_decay: kind === "weight_decay" ? strength : 0,
  };
}
