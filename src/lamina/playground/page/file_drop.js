/**
 * A file that is dropped anywhere on the page is opened.
 */

/** @param {(file: File) => void} dropped */
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
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    dropped(file);
  });
}
