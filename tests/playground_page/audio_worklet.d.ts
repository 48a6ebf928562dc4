/** What the audio thread of a browser knows beside the page; TypeScript's own library leaves it out. */

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
