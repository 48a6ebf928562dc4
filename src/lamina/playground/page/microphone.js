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
    await this.audio.audioWorklet.addModule(new URL("./microphone_worklet.js", import.meta.url));
    const node = new AudioWorkletNode(this.audio, "microphone", { numberOfOutputs: 0 });
    this.pieces = [];
    node.port.onmessage = (event) => {
      this.pieces.push(event.data);
      this.heard(loudness(event.data));
    };
    this.audio.createMediaStreamSource(this.stream).connect(node);
    this.timer = setTimeout(() => this.stop(), LONGEST);
  }

  /** Hands over what was recorded and gives the microphone back. */
  stop() {
    if (this.audio === null) return;
    clearTimeout(this.timer);
    const rate = Math.round(this.audio.sampleRate);
    this.stream?.getTracks().forEach((track) => track.stop());
    void this.audio.close();
    this.audio = null;
    this.recorded(joined(this.pieces), rate);
  }
}
