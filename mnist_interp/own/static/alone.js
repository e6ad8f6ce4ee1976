/* The bench of a page that loads nothing: payloads stand in it, and its scripts follow. */
(function () {
  "use strict";
  const bench = (window.lesionBench = { parts: {}, place: document.querySelector(".mi-bench") });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => (document.documentElement.dataset.theme = dark.matches ? "dark" : "light");
  const element = (name) => document.getElementById("payload-" + name.replace(/^.*\//, ""));

  bench.take = async (name) => JSON.parse(element(name).textContent);

  /* The one picture that the scripts ask for: all images as tiles. */
  bench.address = () => bench.sheet;
  const binary = atob(element("sheet").textContent.trim());
  bench.sheet = URL.createObjectURL(new Blob([Uint8Array.from(binary, (letter) => letter.charCodeAt(0))], { type: "image/png" }));

  bench.load = async () => {};
  bench.evaluate = async (lesion) => bench.parts.results.evaluate(lesion);

  dark.addEventListener("change", follow);
  follow();
})();
