/**
 * The files of a folder that was chosen or dropped, by their names within it.
 */

/** @typedef {{ name: string, file: File }} Named */

/**
 * Files as the choice of a folder gives them, without the folder's own name.
 * @param {Iterable<File>} files
 * @returns {{ folder: string, files: Named[] }}
 */
export function chosen(files) {
  const all = [...files];
  const folder = all[0]?.webkitRelativePath.split("/")[0] ?? "";
  const named = all.map((file) => ({ name: file.webkitRelativePath.slice(folder.length + 1) || file.name, file }));
  return { folder, files: visible(named) };
}

/**
 * All files below a folder that was dropped.
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<Named[]>}
 */
export async function below(folder) {
  return visible(await walked(folder, ""));
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @param {string} path that leads to it
 * @returns {Promise<Named[]>}
 */
async function walked(folder, path) {
  const reader = folder.createReader();
  /** @type {Named[]} */
  const found = [];
  for (;;) {
    // A browser hands over a hundred at a time, and none when it has told all.
    const entries = await /** @type {Promise<FileSystemEntry[]>} */ (
      new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    );
    if (entries.length === 0) return found;
    for (const entry of entries) {
      const name = path + entry.name;
      if (entry.isDirectory) found.push(...(await walked(/** @type {FileSystemDirectoryEntry} */ (entry), `${name}/`)));
      else found.push({ name, file: await fileOf(/** @type {FileSystemFileEntry} */ (entry)) });
    }
  }
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/**
 * Without what a system keeps for itself.
 * @param {Named[]} files
 */
function visible(files) {
  return files.filter(({ name }) => !name.split("/").some((step) => step.startsWith(".")));
}
