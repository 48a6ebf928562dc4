// The page on which a person tries a model. Everything that comes from the server is set as text, never as mark-up.

/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);
const MOST_CLASSES = 8;
const MOST_ANSWERS = 200;
let token = "";
/** @type {any[]} */
let models = [];

/** An element with a class, a text and children. */
function element(name, text = "", kind = "", children = []) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  made.append(...children);
  return made;
}

/** Ask the server; a refusal becomes an Error with its reason. */
async function ask(path, options = {}) {
  const headers = { ...(options.headers ?? {}), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(path, { ...options, headers });
  const text = await answer.text();
  let found = {};
  try { found = JSON.parse(text); } catch { found = { error: text }; }
  if (!answer.ok) throw Object.assign(new Error(found.error || `the server answered ${answer.status}`), { status: answer.status });
  return found;
}

/** Look for the models; where a token is needed, ask for it. */
async function begin() {
  try {
    models = (await ask("/models")).models;
  } catch (error) {
    byId("token-form").hidden = error.status !== 401;
    byId("predicts").textContent = error.status === 401 ? "This server answers those who know its token." : error.message;
    return;
  }
  byId("token-form").hidden = true;
  byId("form").hidden = false;
  byId("model").replaceChildren(...models.map((one) => element("option", one.name)));
  choose();
}

const chosen = () => models[byId("model").selectedIndex];

/** Show what the chosen model takes. */
function choose() {
  const model = chosen();
  byId("predicts").textContent = `${model.name} predicts ${model.predicts}.`;
  byId("fields").replaceChildren(...fieldsFor(model));
  byId("file-part").hidden = false;
  byId("result").replaceChildren();
}

/** Where values are typed: a field for each column, or a text. Pictures and sounds are files. */
function fieldsFor(model) {
  if (model.takes === "picture" || model.takes === "sound") return [];
  if (model.takes === "series") return [element("p", "A table of the series so far: the model tells how it goes on.", "quiet")];
  if (model.takes === "number") return columnsOf(model.inputs[0].parameters?.columns ?? []);
  if (model.takes === "table") return columnsOf(model.inputs.map((one) => one.name));
  const label = element("label", model.takes === "board" ? "A board" : "A text");
  const area = document.createElement("textarea");
  area.id = "text";
  label.htmlFor = "text";
  return [label, area];
}

function columnsOf(names) {
  return names.flatMap((name, place) => {
    const label = element("label", name);
    const field = document.createElement("input");
    field.type = "text";
    field.id = `column-${place}`;
    field.dataset.column = name;
    label.htmlFor = field.id;
    return [label, field];
  });
}

/** The request: the file where one is chosen, else what was typed. */
function request() {
  const file = byId("file").files[0];
  if (file) {
    const headers = { "Content-Type": "application/octet-stream", "File-Name": encodeURIComponent(file.name) };
    return { method: "POST", headers, body: file };
  }
  const text = document.getElementById("text");
  const typed = [...document.querySelectorAll("[data-column]")];
  if (!text && typed.length === 0) throw new Error("choose a file first");
  const numbers = chosen().takes === "number";
  const row = Object.fromEntries(typed.map((one) => [one.dataset.column, numbers ? number(one) : one.value]));
  const rows = text ? [text.value] : [row];
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ rows }) };
}

function number(field) {
  const value = Number(field.value);
  if (field.value.trim() === "" || !Number.isFinite(value)) throw new Error(`${field.dataset.column} needs a number`);
  return value;
}

/** An answer: its value, and the share of each class as a bar. */
function shown(answer, target, alone) {
  const parts = [];
  const name = answer.name ?? Object.values(answer)[0];
  if (!alone) parts.push(element("div", String(name), "quiet"));
  if (answer.error) return element("div", "", "answer", [...parts, element("div", answer.error)]);
  const targets = target in answer ? [[target, { ...answer, value: answer[target] }]] : Object.entries(answer).slice(1);
  for (const [called, one] of targets) {
    parts.push(element("div", `${called}: ${words(one.value)}`, "value"));
    if (one.interval) parts.push(element("div", `in 9 of 10 cases from ${words(one.interval[0])} to ${words(one.interval[1])}`, "quiet"));
    if (one.remark) parts.push(element("div", one.remark, "quiet"));
    parts.push(...likeliest(one.probabilities ?? {}).map(([label, share]) => bar(label, share)));
  }
  return element("div", "", "answer", parts);
}

/** The likeliest classes, the likeliest first: as keys of an object, names that are numbers come in the order of numbers. */
const likeliest = (shares) => Object.entries(shares).sort((one, other) => other[1] - one[1]).slice(0, MOST_CLASSES);

function bar(label, share) {
  const meter = document.createElement("meter");
  meter.max = 1;
  meter.value = share;
  const told = `${(100 * share).toFixed(1)} %`;
  meter.setAttribute("aria-label", `${label}: ${told}`);
  return element("div", "", "share", [element("span", label), meter, element("span", told)]);
}

const words = (value) => Array.isArray(value) ? value.map(words).join(", ") : typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);

async function answer(event) {
  event.preventDefault();
  byId("ask").disabled = true;
  try {
    const found = await ask(`/predict/${encodeURIComponent(chosen().name)}`, request());
    const alone = found.answers.length === 1;
    const parts = found.answers.slice(0, MOST_ANSWERS).map((one) => shown(one, chosen().target, alone));
    if (found.answers.length > MOST_ANSWERS) parts.push(element("p", `and ${found.answers.length - MOST_ANSWERS} more`, "quiet"));
    parts.push(...found.notes.map((note) => element("p", note, "quiet")));
    byId("result").replaceChildren(element("h2", alone ? "The answer" : `${found.answers.length} answers`), ...parts);
  } catch (error) {
    byId("result").replaceChildren(element("p", error.message, "error"));
  } finally {
    byId("ask").disabled = false;
  }
}

byId("form").addEventListener("submit", answer);
byId("model").addEventListener("change", choose);
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token").value.trim();
  begin();
});
const drop = byId("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") byId("file").files = event.dataTransfer.files;
  });
}
begin();
