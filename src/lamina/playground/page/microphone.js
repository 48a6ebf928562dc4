/**
 * Records from the microphone until it is stopped or the time is over.
 */

import { joined, loudness } from "./samples.js";

const LONGEST = 10_000; // milliseconds
/** What a browser does for telephone calls would change what the model hears. */
const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export class Microphone {
  /**
   * @param {(samples: Float32Array, rateHz: number) => void} recorded
   * @param {(loudness: number) => void} heard while recording, from 0 to 1
   */
  constructor(recorded, heard) {
    this.recorded = recorded;
    this.heard = heard;
    /** @type {Float32Array[]} */
    this.pieces = [];
    /** @type {AudioContext | null} */
    this.audio = null;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  get recording() {
    return this.audio !== null;
  }

  /** Asks for the microphone; what the browser or the person refuses is thrown. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    this.audio = new AudioContext();
    try {
      await this.#listen(this.audio, this.stream);
    } catch (error) {
      this.#giveBack();
      throw error;
    }
    this.timer = setTimeout(() => this.stop(), LONGEST);
  }

  /**
   * @param {AudioContext} audio
   * @param {MediaStream} stream
   */
  async #listen(audio, stream) {
    await audio.audioWorklet.addModule(new URL("./microphone_worklet.js", import.meta.url));
    const node = new AudioWorkletNode(audio, "microphone", { numberOfOutputs: 0 });
    this.pieces = [];
    node.port.onmessage = (event) => {
      this.pieces.push(event.data);
      this.heard(loudness(event.data));
    };
    audio.createMediaStreamSource(stream).connect(node);
  }

  /** Hands over what was recorded and gives the microphone back. */
  stop() {
    if (this.audio === null) return;
    clearTimeout(this.timer);
    const rate = Math.round(this.audio.sampleRate);
    this.#giveBack();
    this.recorded(joined(this.pieces), rate);
  }

  #giveBack() {
    this.stream?.getTracks().forEach((track) => track.stop());
    void this.audio?.close();
    this.audio = null;
  }
}
