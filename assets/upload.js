/* Files go to the server as they are (no base64), with progress, by click, key or drop. */
(function () {
  const LIMIT_SHOWN = 60;
  const FOLDER = "This is a folder, and a browser sends files. Zip the folder and drop the zip.";
  const HIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g; // as pipeline/visible.py
  const sending = {}; // the request under way for each kind of file

  const visible = (text) => text.replace(HIDDEN, (letter) => "⟨U+" + letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩");

  function say(zone, words, state) {
    const line = zone.querySelector(".upload-said") || zone;
    const text = visible(words);
    line.textContent = text.length > LIMIT_SHOWN ? text.slice(0, LIMIT_SHOWN - 1) + "…" : text;
    zone.dataset.state = state;
  }

  function answered(request) {
    try {
      return JSON.parse(request.responseText);
    } catch (error) {
      return null;
    }
  }

  /* A file may be here before the page has a workspace to put it into. */
  async function tell(kind, found) {
    const dash = window.dash_clientside;
    await dash.explorer.entered;
    dash.set_props("uploaded", { data: { kind: kind, at: Date.now(), ...found } });
  }

  function finish(zone, kind, file, request) {
    const answer = answered(request);
    if (request.status === 200 && answer) {
      say(zone, file.name, "done");
      tell(kind, { explore: zone.dataset.then === "explore", ...answer });
      return;
    }
    const sentence = (answer && answer.problem) || "The file could not be sent: the server did not answer. Try again.";
    say(zone, file.name, "failed");
    tell(kind, { problem: sentence });
  }

  function send(zone, file) {
    if (!file) return;
    const kind = zone.dataset.upload;
    zone.dataset.then = "";
    say(zone, "Sending " + file.name, "sending");
    if (sending[kind]) sending[kind].abort(); // a newer choice takes its place
    const request = (sending[kind] = new XMLHttpRequest());
    request.open("POST", "/upload");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Filename", encodeURIComponent(file.name));
    request.upload.onprogress = function (event) {
      const share = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
      say(zone, "Sending " + file.name + " · " + share + " %", "sending");
      const bar = zone.querySelector("progress");
      if (bar) bar.value = share;
    };
    request.onload = () => finish(zone, kind, file, request);
    request.onerror = () => finish(zone, kind, file, request);
    request.send(file);
  }

  function prepare(zone) {
    if (zone.dataset.ready) return;
    zone.dataset.ready = "yes";
    const input = document.createElement("input");
    input.type = "file";
    input.className = "upload-input";
    input.setAttribute("aria-label", zone.getAttribute("aria-label") || "File");
    input.addEventListener("change", () => {
      send(zone, input.files[0]);
      input.value = "";
    });
    zone.appendChild(input);
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      const entry = event.dataTransfer.items[0] && event.dataTransfer.items[0].webkitGetAsEntry();
      if (entry && entry.isDirectory) tell(zone.dataset.upload, { problem: FOLDER });
      else send(zone, event.dataTransfer.files[0]);
    });
  }

  /* Explore pressed while a file is still on its way is meant for that file. */
  document.addEventListener(
    "click",
    (event) => {
      const zone = event.target.closest("#explore") && document.querySelector('[data-upload][data-state="sending"]');
      if (!zone) return;
      event.stopPropagation();
      zone.dataset.then = "explore";
    },
    true,
  );

  new MutationObserver(() => document.querySelectorAll("[data-upload]").forEach(prepare)).observe(document.documentElement, {
    childList: true,
    subtree: true,
  });
})();
