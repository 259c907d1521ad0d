// Search as one types, play with seeking, upload with progress, and a status panel, over this service's own routes.
import { Chart } from "/charts.js";

const element = (id) => document.getElementById(id);
const charts = Object.fromEntries(
  ["pool", "latency", "size"].map((name) => [name, new Chart(element(`${name}-chart`))]),
);
const TYPES = { mp3: "audio/mpeg", flac: "audio/flac", ogg: "audio/ogg", wav: "audio/wav" };
const STATUS_EVERY_MS = 2000;

element("token").value = sessionStorage.getItem("token") ?? "";
element("token").addEventListener("input", ({ target }) => {
  sessionStorage.setItem("token", target.value);
  void search();
});

/** A call of the service; throws its problem's own words. */
async function call(path, options = {}) {
  const token = element("token").value.trim();
  const headers = { ...options.headers, ...(token === "" ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  const body = response.status === 204 ? undefined : await response.json();
  if (!response.ok) throw Object.assign(new Error(body?.detail ?? `status ${response.status}`), body);
  element("problem").textContent = "";
  return body;
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

function show(error) {
  if (error.name !== "AbortError") element("problem").textContent = error.message;
}

let searching = new AbortController();
async function search() {
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  const query = element("query").value;
  try {
    const parameters = new URLSearchParams({ limit: "20", ...(query.trim() === "" ? {} : { query }) });
    const { tracks, match } = await call(`/tracks?${parameters}`, { signal });
    element("match").textContent = { recent: "The newest", similar: "Nothing fits; these resemble it" }[match] ?? "";
    element("tracks").replaceChildren(...tracks.map(row));
  } catch (error) {
    show(error);
  }
}

function row(track) {
  const button = document.createElement("button");
  const details = document.createElement("small");
  details.textContent = [track.artist, track.album, track.year, time(track.duration)].filter(Boolean).join(" · ");
  button.append(track.title, document.createElement("br"), details);
  button.addEventListener("click", () => play(track, 0).catch(show));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

const time = (seconds) =>
  seconds === null ? "" : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

let renewal = { track: undefined, expiresAt: 0 };
async function play(track, position) {
  const { url, expiresAt } = await call(`/tracks/${track.id}/stream`);
  renewal = { track, expiresAt: Date.parse(expiresAt) };
  const player = element("player");
  player.src = url;
  player.currentTime = position;
  element("playing").textContent = [track.title, track.artist].filter(Boolean).join(" – ");
  await player.play().catch(() => undefined);
}

// A URL that has run out is asked for again, and the player goes on where it was.
element("player").addEventListener("error", ({ target }) => {
  if (renewal.track !== undefined && Date.now() >= renewal.expiresAt)
    play(renewal.track, target.currentTime).catch(show);
});

let typing;
element("query").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, 120);
});

/** PUT with progress, which fetch does not tell of. */
function send(file, { url, method, headers }) {
  const progress = element("progress");
  progress.hidden = false;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => (progress.value = loaded / total));
    request.addEventListener("load", () =>
      request.status < 300 ? resolve() : reject(new Error(`upload: status ${request.status}`)),
    );
    request.addEventListener("error", () => reject(new Error("upload: the connection broke; try again")));
    request.send(file);
  });
}

element("file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (file === undefined) return;
  element("uploaded").textContent = "";
  try {
    const contentType = TYPES[file.name.split(".").at(-1)?.toLowerCase()] ?? file.type;
    const upload = await post("/uploads", { contentType, sizeBytes: file.size });
    await send(file, upload);
    const track = await post(`/uploads/${upload.id}/promote`, { fileName: file.name });
    element("uploaded").textContent = `Added ${track.title}`;
    await search();
  } catch (error) {
    show(error);
  } finally {
    element("progress").hidden = true;
  }
});

async function status() {
  try {
    const { pool, searchMs, tracks } = await call("/status");
    element("pool").textContent = `${pool.total - pool.idle} of ${pool.total}`;
    element("latency").textContent = `${searchMs.p99.toFixed(0)} ms`;
    element("size").textContent = tracks.toLocaleString();
    charts.pool.add(pool.total - pool.idle);
    charts.latency.add(searchMs.p99);
    charts.size.add(tracks);
  } catch (error) {
    show(error);
  }
  setTimeout(status, STATUS_EVERY_MS);
}

void search();
void status();
