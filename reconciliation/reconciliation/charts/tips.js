(() => {
  // Runs after each picture of a notebook; marks that are ready are left alone.
  const box = document.getElementById("picture-tip") || document.body.appendChild(Object.assign(document.createElement("div"), {id: "picture-tip"}));
  box.style.cssText = "position:fixed;z-index:99;pointer-events:none;display:none;max-width:26rem;padding:.35rem .6rem;background:#1d2327;color:#fff;font:13px/1.45 system-ui,sans-serif;border-radius:.25rem;white-space:pre-line";
  const show = (mark, x, y) => {
    box.textContent = mark.dataset.tip;
    box.style.display = "block";
    box.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.offsetWidth - 8)) + "px";
    box.style.top = (y + 18 + box.offsetHeight > innerHeight ? y - box.offsetHeight - 10 : y + 18) + "px";
  };
  for (const mark of document.querySelectorAll("svg.picture g.tip:not([data-tip])")) {
    const title = mark.querySelector("title");
    mark.dataset.tip = title.textContent;
    title.remove();  // else the browser's own tip would come too
    mark.addEventListener("pointermove", event => show(mark, event.clientX, event.clientY));
    mark.addEventListener("pointerdown", event => show(mark, event.clientX, event.clientY));
    mark.addEventListener("pointerleave", () => { box.style.display = "none"; });
  }
  for (const name of document.querySelectorAll("svg.picture g.legend:not([data-ready])")) {
    name.dataset.ready = "yes";
    name.style.cursor = "pointer";
    name.addEventListener("click", () => {
      const hidden = name.style.opacity === "0.35";
      name.style.opacity = hidden ? "1" : "0.35";
      for (const part of name.closest("svg").querySelectorAll(`g.series[data-series="${name.dataset.series}"]`))
        part.style.display = hidden ? "" : "none";
    });
  }
})();
