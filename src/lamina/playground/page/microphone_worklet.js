/**
 * Runs beside the page, in the browser's audio thread: hands every block of samples on.
 */

registerProcessor(
  "microphone",
  class extends AudioWorkletProcessor {
    /**
     * @param {Float32Array[][]} inputs
     * @returns {boolean}
     */
    process(inputs) {
      const channel = inputs[0]?.[0];
      if (channel) this.port.postMessage(channel.slice());
      return true;
    }
  },
);
