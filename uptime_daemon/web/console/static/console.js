// What a page can do beyond links and forms, all of which work without it: keys, and news without loading anew.
"use strict";

(() => {
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  // Keys: / searches, g and a letter goes to a page, j and k choose a row, Enter opens it.
  let awaited = "";
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
  const choose = (step) => {
    const all = rows();
    if (all.length === 0) return;
    const before = all.findIndex((row) => row.classList.contains("chosen"));
    const next = before < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, before + step));
    all.forEach((row) => row.classList.remove("chosen"));
    all[next].classList.add("chosen");
    all[next].scrollIntoView({ block: "nearest" });
    const first = all[next].querySelector("[data-open], a, button");
    if (first) first.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (isTyping(event.target)) return;
    if (awaited === "g") {
      awaited = "";
      const place = document.querySelector(`.places a[data-key="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); place.click(); }
      return;
    }
    switch (event.key) {
      case "/": {
        const field = document.querySelector("#search");
        if (field) { event.preventDefault(); field.focus(); field.select(); }
        break;
      }
      case "g": awaited = "g"; setTimeout(() => { awaited = ""; }, 1500); break;
      case "j": choose(1); break;
      case "k": choose(-1); break;
    }
  });

  // News: the page is fetched again and only what differs is exchanged, so nothing flickers and no field loses its text.
  const shown = () => document.querySelector("main");
  const isBusy = () => {
    const active = document.activeElement;
    const edited = [...document.querySelectorAll("main input, main textarea, main select")].some((field) =>
      field.type === "hidden" ? false
      : field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.matches(":focus")
      : field.value !== field.defaultValue);
    return edited || (active !== null && active.matches("main input, main textarea, main select"));
  };
  // A letter that is shown and a plot that is drawn stay as they are.
  const keeps = (old, now) => ["src", "data-plot"].some((name) => old.getAttribute?.(name) && old.getAttribute(name) === now.getAttribute?.(name));
  let waiting = false;
  const refresh = async () => {
    if (isBusy() || document.hidden) { waiting = true; return; }
    waiting = false;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main");
    if (!fresh) return;
    const chosen = document.querySelector("[data-row].chosen");
    const opened = [...document.querySelectorAll("main details[open][id]")].map((each) => each.id);
    for (const id of opened) page.getElementById(id)?.setAttribute("open", "");
    Idiomorph.morph(shown(), fresh.innerHTML, {
      morphStyle: "innerHTML",
      restoreFocus: true,
      callbacks: { beforeNodeMorphed: (old, now) => !keeps(old, now) },
    });
    if (chosen && chosen.id) document.getElementById(chosen.id)?.classList.add("chosen");
    const at = page.querySelector("#as-of");
    if (at) document.querySelector("#as-of").innerHTML = at.innerHTML;
  };
  const live = document.querySelector("main[data-live]");
  if (live && "EventSource" in window) {
    // What changed between the page and its listening is news as well.
    const news = new EventSource(`/console/live?shows=${encodeURIComponent(live.dataset.live)}`);
    news.addEventListener("changed", () => { refresh().catch(() => {}); });
    document.addEventListener("visibilitychange", () => { if (waiting) refresh().catch(() => {}); });
    document.addEventListener("focusout", () => { if (waiting) setTimeout(() => refresh().catch(() => {}), 0); });
    addEventListener("pagehide", () => news.close());
  }
})();
