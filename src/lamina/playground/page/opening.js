/**
 * Files and folders of one's own: chosen or dropped, sent whole, then opened.
 */

import { button } from "./controls.js";
import { open } from "./dialogs.js";
import { element } from "./elements.js";
import { chosen } from "./folder_files.js";
import { notice } from "./notices.js";
import { counted, grouped } from "./numbers.js";
import { MOST_MEMBERS, zipped } from "./zip_file.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./folder_files.js").Named} Named */

const MIB = 2 ** 20;

/**
 * The choice of a file or a folder, of one's own or among those that were opened.
 * @param {Store} store
 * @param {Actions} actions
 */
export function chooseFile(store, actions) {
  const limit = limitOf(store);
  const file = element("input", { type: "file", id: "file" });
  const folder = element("input", { type: "file", id: "folder", webkitdirectory: true });
  file.addEventListener("change", () => {
    const first = file.files?.[0];
    if (!first) return;
    dialog.close();
    void openFile(first, limit, actions);
  });
  folder.addEventListener("change", () => {
    const found = chosen(folder.files ?? []);
    dialog.close();
    void openFolder(found.folder, found.files, limit, actions);
  });
  const sources = store.state?.sources ?? [];
  const known = sources.map((source) =>
    button(source.title, () => {
      dialog.close();
      void actions.use(source.name, source.kind);
    }),
  );
  const field = (/** @type {string} */ name, /** @type {HTMLElement} */ input) =>
    element("label", { class: "field" }, element("span", {}, name), input);
  const dialog = open("Open", [
    element(
      "div",
      { class: "fields wide-fields" },
      field("A table (.csv, .tsv, .jsonl), a zip of pictures, sounds or texts, a model (.safetensors)", file),
      field("Or a folder that holds a folder of pictures, sounds or texts for each class", folder),
    ),
    element("p", { class: "quiet" }, `At most ${grouped(limit / MIB)} MiB. What you open stays on this computer.`),
    ...(known.length ? [element("h3", {}, "Already here"), element("div", { class: "row" }, ...known)] : []),
  ]);
}

/**
 * How large a file may be, in bytes; 0 where nobody has told yet.
 * @param {Store} store
 */
export function limitOf(store) {
  return store.state?.choices.limits.upload_bytes ?? 0;
}

/**
 * @param {File} file
 * @param {number} limit in bytes
 * @param {Actions} actions
 */
export async function openFile(file, limit, actions) {
  if (limit && file.size > limit) {
    notice(tooLarge(file.name, file.size, limit));
    return;
  }
  notice(`Reading ${file.name} …`, "remark");
  await actions.open(file);
}

/**
 * A folder goes as one archive, under the folder's own name.
 * @param {string} name
 * @param {Named[]} files
 * @param {number} limit in bytes
 * @param {Actions} actions
 */
export async function openFolder(name, files, limit, actions) {
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  const why = files.length === 0 ? `The folder ${name} holds no files.` : refusal(name, files.length, size, limit);
  if (why) {
    notice(why);
    return;
  }
  notice(`Reading ${counted(files.length, "file")} of ${name} …`, "remark");
  const members = await Promise.all(
    files.map(async ({ name: place, file }) => ({ name: place, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
  await actions.open(new File(zipped(members), name));
}

/**
 * Why a folder cannot be sent; nothing where it can.
 * @param {string} name
 * @param {number} count
 * @param {number} size
 * @param {number} limit
 * @returns {string}
 */
export function refusal(name, count, size, limit) {
  if (count > MOST_MEMBERS)
    return `${name} holds ${grouped(count)} files; the page takes at most ${grouped(MOST_MEMBERS)}. ${instead(name)}`;
  return limit && size > limit ? tooLarge(name, size, limit) : "";
}

/**
 * @param {string} name
 * @param {number} size
 * @param {number} limit
 */
function tooLarge(name, size, limit) {
  const sizes = `${name} has ${grouped(Math.ceil(size / MIB))} MiB; the page takes at most ${grouped(limit / MIB)} MiB.`;
  return `${sizes} ${instead(name)}`;
}

/** @param {string} name */
function instead(name) {
  return `Start the playground with it instead: lamina play ${name}`;
}
