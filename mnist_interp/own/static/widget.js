/* A bench in a notebook: the page in a frame, whose lesion and accuracy are those of the widget in Python. */
export default {
  render({ model, el }) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = "The lesion bench";
    frame.style.cssText = "display: block; width: 100%; height: 900px; border: 0";
    const same = (lesion) => JSON.stringify(lesion) === JSON.stringify(model.get("lesion"));
    let heard = null;
    const { tell, leave } = hold(frame, ({ lesion, accuracy }) => {
      if (!lesion) return;
      heard = lesion;
      if (!same(lesion)) model.set("lesion", lesion);
      model.set("accuracy", accuracy);
      model.save_changes();
    });
    const given = () => JSON.stringify(heard) !== JSON.stringify(model.get("lesion")) && tell({ lesion: model.get("lesion") });
    model.on("change:lesion", given);
    frame.srcdoc = model.get("page");
    el.append(frame);
    return () => {
      model.off("change:lesion", given);
      leave();
    };
  },
};
