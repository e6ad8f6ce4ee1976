/* What holds a bench in a frame: it gives it room and the theme around it; `heard` gets what the bench tells. */
function hold(frame, heard = () => {}) {
  const root = document.documentElement, { body } = document;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const tell = (news) => frame.contentWindow && frame.contentWindow.postMessage({ lesionBench: news }, "*");

  /* The page's own theme, JupyterLab's, that of VS Code, or else the system's. */
  const theme = () => {
    const { theme: own } = root.dataset, { jpThemeLight: light } = body.dataset;
    if (own === "dark" || own === "light") return own;
    if (light !== undefined) return light === "false" ? "dark" : "light";
    if (/\bvscode-(dark|light)\b/.test(body.className)) return body.classList.contains("vscode-dark") ? "dark" : "light";
    return dark.matches ? "dark" : "light";
  };
  const follow = () => tell({ theme: theme() });

  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || !data || !data.lesionBench) return;
    const { height } = data.lesionBench;
    if (height && height + "px" !== frame.style.height) {
      frame.style.height = height + "px";
      follow();
    }
    heard(data.lesionBench);
  };
  const watch = new MutationObserver(follow);
  addEventListener("message", hear);
  dark.addEventListener("change", follow);
  for (const part of [root, body]) watch.observe(part, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "class"] });
  frame.addEventListener("load", follow);
  const leave = () => {
    removeEventListener("message", hear);
    dark.removeEventListener("change", follow);
    watch.disconnect();
  };
  return { tell, leave };
}
