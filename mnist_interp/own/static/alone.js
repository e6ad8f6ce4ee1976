/* The bench of a page that loads nothing: payloads stand in it, and its scripts follow. */
(function () {
  "use strict";
  const bench = (window.lesionBench = { parts: {}, place: document.querySelector(".mi-bench") });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = (theme) => (document.documentElement.dataset.theme = theme);
  const element = (name) => document.getElementById("payload-" + name.replace(/^.*\//, ""));

  bench.take = async (name) => JSON.parse(element(name).textContent);

  /* The one picture that the scripts ask for: all images as tiles. */
  bench.address = () => "data:image/png;base64," + element("sheet").textContent.trim();

  bench.load = async () => {};
  bench.evaluate = async (lesion) => bench.parts.results.evaluate(lesion);

  bench.follow = follow;
  dark.addEventListener("change", () => follow(dark.matches ? "dark" : "light"));
  follow(dark.matches ? "dark" : "light");
})();
