/* What the bench's worker does: it keeps the networks, reads the images with them, and draws random lesions. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: its source becomes the worker's. Networks are kept by epoch: 25 MB for a convolutional one, and 63
     more, for one of them at a time, when layer 1 is lesioned; 9 MB for a transformer, and 5 more.
     A front is how images reach the layers that are lesioned: `prepare` reads all of them, `late` begins with what was
     recorded; where a layer is lesioned on a sample, `sample` and `predict` do that. One may `read` networks of its own. */
  function worker({ read }, tally, core, fronts, chance) {
    const SLICE = 100, NEWS = 200; // images between two looks at the post; milliseconds between two words of progress
    const known = new Map(), jobs = [];
    let digits = null;

    /* Layer 1 of a multilayer network. */
    function prepare(net, pixels, count) {
      const values = new Float64Array(count * net.layers[0].units);
      return {
        read: (start, end) => core.firstLayer(net, pixels, values, start, end),
        done: () => core.record(net, 0, { count, values }),
      };
    }

    const { predict: late } = core;
    const front = ({ front: name }) => ({ late, ...(fronts[name] || { prepare }) });

    /* The epoch asked for last goes first; what was asked before is not forgotten. */
    function work() {
      const job = jobs[jobs.length - 1], count = digits.labels.length, end = Math.min(count, job.at + SLICE);
      job.reading.read(job.at, end);
      job.at = end;
      if (end === count) {
        const base = job.reading.done(), network = { net: job.net, base, sample: job.sample, sampled: null };
        known.set(job.epoch, network);
        jobs.splice(jobs.indexOf(job), 1);
        postMessage({ id: job.id, answer: { classes: job.net.output.units, untouched: front(job.net).late(job.net, base, {}), milliseconds: performance.now() - job.began } });
      } else if (performance.now() - job.told > NEWS) {
        job.told = performance.now();
        postMessage({ id: job.id, progress: end / count });
      }
      if (jobs.length) setTimeout(work);
    }

    /* What is read under a lesion: of all images, or, where an early layer is lesioned, of the sample. */
    function reading(network, lesion) {
      const { net, base, sample } = network;
      const early = net.layers.some(({ name, sampled }) => sampled && Object.keys(lesion[name] || {}).length);
      if (!early) return { read: front(net).late(net, base, lesion), images: null };
      if (!network.sampled) {
        for (const other of known.values()) other.sampled = null;
        network.sampled = front(net).sample(net, digits.pixels, sample);
      }
      return { read: front(net).predict(net, network.sampled, lesion), images: sample };
    }

    const answers = {
      images: ({ pixels, labels }) => {
        digits = { pixels, labels };
      },
      prepare: ({ id, epoch, facts, values }) => {
        const net = ((fronts[facts.front] || {}).read || read)(facts, values), count = digits.labels.length, now = performance.now();
        const reading = front(net).prepare(net, digits.pixels, count);
        jobs.push({ id, epoch, net, reading, sample: facts.sample, at: 0, began: now, told: now });
        if (jobs.length === 1) work();
      },
      predict: ({ id, epoch, lesion }) => postMessage({ id, answer: reading(known.get(epoch), lesion) }),
      chance: ({ id, epoch, lesion }) => {
        const network = known.get(epoch);
        chance.run(id, network.net.layers, lesion, (one) => {
          const { read, images } = reading(network, one);
          return tally.count(read, images ? images.map((image) => digits.labels[image]) : digits.labels, network.net.output.units);
        });
      },
    };

    onmessage = ({ data }) => {
      try {
        answers[data.kind](data);
      } catch (error) {
        postMessage({ id: data.id, error: error.message });
      }
    };
  }

  bench.sources.worker = worker;
})();
