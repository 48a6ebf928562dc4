/**
 * A file or a folder that is dropped anywhere on the page is opened.
 */

import { below } from "./folder_files.js";

/**
 * @typedef {{
 *   file: (file: File, others: number) => void,
 *   folder: (name: string, files: import("./folder_files.js").Named[]) => void,
 *   failed: (error: unknown) => void
 * }} Dropped others: so many more were dropped with it
 */

/** @param {Dropped} dropped */
export function takeDrops(dropped) {
  let depth = 0;
  const mark = () => document.body.classList.toggle("dropping", depth > 0);
  const hasFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragenter", (event) => {
    if (hasFile(event)) depth += 1;
    mark();
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFile(event)) depth = Math.max(0, depth - 1);
    mark();
  });
  document.addEventListener("dragover", (event) => {
    if (hasFile(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    mark();
    if (!hasFile(event)) return;
    event.preventDefault();
    if (event.dataTransfer) take(event.dataTransfer, dropped);
  });
}

/**
 * What was dropped is asked for at once: after the event it is gone.
 * @param {DataTransfer} transfer
 * @param {Dropped} dropped
 */
function take(transfer, dropped) {
  const entry = transfer.items[0]?.webkitGetAsEntry?.() ?? null;
  const file = transfer.files[0];
  if (entry?.isDirectory)
    below(/** @type {FileSystemDirectoryEntry} */ (entry)).then(
      (files) => dropped.folder(entry.name, files),
      (error) => dropped.failed(error),
    );
  else if (file) dropped.file(file, transfer.files.length - 1);
}
