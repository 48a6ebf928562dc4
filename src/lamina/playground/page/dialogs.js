/**
 * Small windows: a weight to be changed, the model to be saved, the code.
 */

import { button, number } from "./controls.js";
import { element, found } from "./elements.js";
import { announce, notice } from "./notices.js";
import { counted, signed } from "./numbers.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */

const DIGITS = 5;

/**
 * A window with a title; it closes by its button, by escape, and by a click beside it.
 * @param {string} title
 * @param {Node[]} parts
 * @param {string} [kind] narrow
 * @returns {HTMLDialogElement}
 */
export function open(title, parts, kind = "") {
  const close = button("Close", () => dialog.close());
  const dialog = element(
    "dialog",
    { class: kind || null, "aria-label": title },
    element("div", { class: "title-row" }, element("h2", {}, title), close),
    ...parts,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  found("dialogs", HTMLElement).append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * @param {string} title such as "from x1 to neuron 3"
 * @param {number | null} value
 * @param {(value: number) => void} changed
 */
export function askNumber(title, value, changed) {
  const take = (/** @type {number} */ typed) => {
    changed(typed);
    dialog.close();
  };
  const field = number("New value", {}, take);
  if (value !== null) field.show(Number(value.toPrecision(DIGITS)));
  const input = field.root.querySelector("input");
  const nudge = (/** @type {number} */ by) => {
    const next = Number(((value ?? 0) + by).toPrecision(DIGITS));
    take(next);
  };
  const steps = [-0.5, -0.1, 0.1, 0.5].map((by) => button(signed(by), () => nudge(by)));
  const dialog = open(
    title,
    [
      field.root,
      element(
        "p",
        { class: "row" },
        ...steps,
        button("Set to 0", () => take(0)),
      ),
    ],
    "narrow",
  );
  input?.select();
}

/**
 * @param {string[]} columns of a table
 * @param {(column: string) => void} chosen
 */
export function askColumn(columns, chosen) {
  const take = (/** @type {string} */ column) => {
    dialog.close();
    chosen(column);
  };
  const choices = columns.map((column) => button(column, () => take(column)));
  const dialog = open("Which column shall be predicted?", [element("div", { class: "row choices" }, ...choices)]);
}

/**
 * @param {Store} store
 * @param {Actions} actions
 */
export async function save(store, actions) {
  const folder = store.state?.folder ?? "";
  const told = element("p", { role: "status", id: "saved" });
  const write = async (/** @type {string} */ which) => {
    const saved = await actions.ask("save", { which });
    if (!saved) return;
    told.textContent = `Saved as ${saved.path} (${counted(saved.bytes, "byte")}) in ${folder}. Use it: lamina predict ${saved.path} ...`;
    announce(told.textContent);
  };
  const load = (/** @type {string} */ which) => void actions.download(`/model?run=${store.selected}&which=${which}`);
  const row = (/** @type {string} */ which, /** @type {string} */ text) =>
    element(
      "div",
      {},
      element("h3", {}, text),
      element(
        "div",
        { class: "row" },
        button("Save in the folder", () => void write(which), { class: "primary", id: `save-${which}` }),
        button("Download", () => load(which)),
      ),
    );
  open("Save the model", [
    element(
      "p",
      {},
      "An ordinary model file: lamina predict, show, explain and evaluate take it, and so does this page.",
    ),
    row("shown", "As it is shown now"),
    row("best", "As it was at its best validation loss"),
    told,
  ]);
}

/**
 * @param {Actions} actions
 */
export async function showCode(actions) {
  const code = await actions.ask("code");
  if (!code) return;
  const block = (/** @type {string} */ title, /** @type {string} */ text) => [
    element(
      "div",
      { class: "title-row" },
      element("h3", {}, title),
      button("Copy", () => void copy(text), { class: "small", "aria-label": `Copy: ${title}` }),
    ),
    element("pre", { tabindex: 0 }, text),
  ];
  const files = code.files?.length ? [element("p", { class: "quiet" }, `It needs ${code.files.join(", ")}.`)] : [];
  open("The same in code", [
    ...block("On the command line", code.command),
    ...block("In Python", code.python),
    element("p", { class: "quiet" }, code.note ?? ""),
    ...files,
  ]);
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce("copied");
  } catch {
    notice("The browser does not let the page copy: mark the text and copy it by hand.", "remark");
  }
}
