/* What was read, counted: by true digit and digit read, and as fractions. */
(function () {
  "use strict";
  const bench = window.lesionBench;

  /* Self-contained: the worker has it too. */
  function tally() {
    /* Images by true digit (rows) and digit read. */
    function count(read, labels, classes) {
      const counts = new Int32Array(classes * classes);
      for (let i = 0; i < read.length; i++) counts[labels[i] * classes + read[i]]++;
      return counts;
    }

    /* Counts as fractions: of all images, of each digit's, and each digit's by what they are read as. */
    function fractions(counts) {
      const n = Math.sqrt(counts.length), digits = Array.from({ length: n }, (_, d) => d);
      const rows = digits.map((d) => Array.from(counts.subarray(d * n, (d + 1) * n)));
      const sizes = rows.map((row) => row.reduce((a, b) => a + b, 0));
      const right = digits.reduce((sum, d) => sum + rows[d][d], 0);
      return {
        accuracy: right / sizes.reduce((a, b) => a + b, 0),
        classAccuracy: digits.map((d) => rows[d][d] / sizes[d]),
        confusion: rows.map((row, d) => row.map((count) => count / sizes[d])),
      };
    }

    return { count, fractions };
  }

  bench.sources.tally = tally;
  bench.parts.tally = tally();
})();
