/**
 * The page: joins the line to the server, what is known, and the panels that show it.
 */

import { Actions } from "./actions.js";
import { differing, read, written } from "./address.js";
import { Connection } from "./connection.js";
import { DataPanel } from "./data_panel.js";
import { askColumn, askNumber, save, showCode } from "./dialogs.js";
import { found } from "./elements.js";
import { takeDrops } from "./file_drop.js";
import { History } from "./history.js";
import { Inside } from "./inside.js";
import { listen } from "./keyboard.js";
import { biasOf, weightOf } from "./network_columns.js";
import { NetworkPanel } from "./network_panel.js";
import { notice, refused } from "./notices.js";
import { chooseFile, limitOf, openFile, openFolder } from "./opening.js";
import { OutputPanel } from "./output_panel.js";
import { Store } from "./store.js";
import { TrainingPanel } from "./training_panel.js";
import { Transport } from "./transport.js";
import { ViewOptions } from "./view_options.js";

/** @typedef {import("./network_columns.js").Column} Column */
/** @typedef {import("./protocol.js").Arrays} Arrays */

const start = read(window.location.hash);
const store = new Store();
/** @type {import("./store.js").NeuronChosen | null} */
let chosen = null;
store.view = start.view;
const connection = new Connection(start.token, { message: received, closed: (why) => notice(why) });
const actions = new Actions(store, connection);
actions.askTarget = askColumn;

const transport = new Transport(store, actions);
new ViewOptions(store, actions);
new History(store, actions);
new DataPanel(store, actions, () => chooseFile(store, actions));
new NetworkPanel(store, actions, changeWeight, changeBias);
new TrainingPanel(store, actions);
const inside = new Inside(store, actions);
new OutputPanel(store, actions, (example) => {
  store.take(example);
  inside.open("neuron");
  inside.reveal();
});
store.on(["state", "view"], remember);
store.on(["neuron"], lookInside);
store.tell("view");

found("open", HTMLButtonElement).addEventListener("click", () => chooseFile(store, actions));
found("save", HTMLButtonElement).addEventListener("click", () => void save(store, actions));
found("code", HTMLButtonElement).addEventListener("click", () => void showCode(actions));
takeDrops({
  file: (file, others) => {
    if (others) notice(`Only ${file.name} is opened: drop a folder or a zip to open several files.`, "remark");
    void openFile(file, limitOf(store), actions);
  },
  folder: (name, files) => void openFolder(name, files, limitOf(store), actions),
  failed: refused,
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => store.tell("view"));
const step = () => found("step", HTMLButtonElement).click();
const run = () => found("run", HTMLButtonElement).click();
listen({ " ": run, r: run, s: step, 0: () => found("reset", HTMLButtonElement).click() });

/**
 * Every message of the server's own accord.
 * @param {any} message
 * @param {Arrays} arrays
 */
function received(message, arrays) {
  const first = store.state === null;
  if (message.kind === "state") store.takeState(message);
  else if (message.kind === "frame") store.takeFrame(message, arrays);
  else if (message.kind === "maps") inside.showMaps(message, arrays);
  else if (message.kind === "compiling") transport.compile(message.run, message.why);
  else if (message.kind === "compiled") transport.compile(message.run, null);
  else if (message.kind === "trouble") notice(message.text);
  if (first && store.state !== null) followAddress();
}

/** Choosing a neuron opens its arithmetic; the choice of another run does not. */
function lookInside() {
  if (store.neuron === null || store.neuron === chosen) return;
  chosen = store.neuron;
  inside.open("neuron");
  inside.reveal();
}

/** The settings of a link are asked for once; data that are not here any more are not. */
function followAddress() {
  const { state, run } = store;
  if (!state || !run) return;
  const here = [...Object.values(state.choices.toys).flat(), ...state.sources.map((source) => source.name)];
  const asked = differing(start.settings, { ...run.settings });
  if (asked.data !== undefined && !here.includes(asked.data))
    notice(`The data of this link, ${asked.data}, is not open here: open it first.`);
  else if (Object.keys(asked).length) void actions.settings(asked);
}

function remember() {
  if (store.run) window.history.replaceState(null, "", written(start.token, store.run.settings, store.view));
}

/**
 * @param {Column} to
 * @param {number} from
 * @param {number} unit
 */
function changeWeight(to, from, unit) {
  const value = weightOf(store.position?.arrays ?? {}, to, from, unit);
  if (value === null || !store.run?.editable) return;
  askNumber(`Weight to ${to.names[unit]}`, value, (typed) => void actions.edit(to.weight, [from, unit], typed));
}

/**
 * @param {Column} column
 * @param {number} unit
 */
function changeBias(column, unit) {
  const value = biasOf(store.position?.arrays ?? {}, column, unit);
  if (value === null || !store.run?.editable) return;
  askNumber(`Bias of ${column.names[unit]}`, value, (typed) => void actions.edit(column.bias, [unit], typed));
}
