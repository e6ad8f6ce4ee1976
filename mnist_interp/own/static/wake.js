/* All scripts are there: the bench wakes at once. */
window.lesionBench.parts.bench.wake(window.lesionBench.place);
