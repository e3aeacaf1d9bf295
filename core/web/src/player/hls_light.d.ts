// The light build has the same interface, less what it leaves out (alternate audio, subtitles, DRM).
declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}
