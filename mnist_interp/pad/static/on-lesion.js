/* The drawing on the lesion bench: what the network there reads in it, whole and lesioned. */
(function () {
  "use strict";
  const { parts } = window.yourDigit;

  /* The digit that a network reads in one image of bytes, as a function of the lesion. */
  function reader(net, bytes, { core, maps, transformer }) {
    const front = { maps, transformer }[net.front];
    if (front) {
      const one = front.sample(net, bytes, [0]);
      return (lesion) => front.predict(net, one, lesion)[0];
    }
    const values = new Float64Array(net.layers[0].units);
    core.firstLayer(net, bytes, values, 0, 1);
    const base = core.record(net, 0, { count: 1, values });
    return (lesion) => core.predict(net, base, lesion)[0];
  }

  /* The arithmetic of the bench's worker, in the page. */
  function arithmetic({ sources }) {
    const network = sources.network(), core = sources.core();
    return { network, core, maps: sources.maps(sources.convolve(), core), transformer: sources.transformer(network, core) };
  }

  function wire(place, line) {
    let own = null, known = null, turn = 0;

    /* The network after an epoch; the last one asked for is kept. */
    async function network(bench, tools, epoch) {
      if (!known || known.epoch !== epoch) {
        const { network: facts, values } = await bench.take(place.dataset.network + "/epoch-" + epoch);
        known = { epoch, net: tools.network.read(facts, new Float32Array(bench.parts.payload.bytes(values).buffer)) };
      }
      return known.net;
    }

    const said = (was, is, lesioned) => "Yours: " + (was === is ? (lesioned ? "still " : "") + was : was + " → " + is);

    /* The bench says what it shows as an address. */
    async function show() {
      const now = ++turn, bench = window.lesionBench, bytes = own;
      if (!bytes) return;
      if (place.dataset.shown === undefined) return line.say("Your digit will be classified when the bench is ready.");
      const last = Number(place.dataset.epochs), asked = bench.parts.lesion.parse(place.dataset.shown || "#bench=", last), tools = arithmetic(bench);
      const net = await network(bench, tools, asked.epoch);
      if (now !== turn) return;
      const read = reader(net, bytes, tools), lesioned = Object.values(asked.lesion).some((doses) => Object.keys(doses).length);
      line.say(said(read({}), read(asked.lesion), lesioned));
    }

    new MutationObserver(() => show().catch((error) => line.say("Yours could not be read: " + error.message + "."))).observe(place, {
      attributes: true, attributeFilter: ["data-shown"],
    });
    return (pixels) => {
      own = pixels && Uint8Array.from(pixels, (ink) => Math.round(255 * ink));
      return show();
    };
  }

  parts.places.lesion = { wire, behind: (place, box) => place.querySelector(".lb-summary").after(box) };
})();
