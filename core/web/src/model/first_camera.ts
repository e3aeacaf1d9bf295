/**
 * The command that adds a first camera, in the parts between which a line may break. gatehousectl takes no password on
 * the command line, and a camera that is not public is not on this page.
 */
export const kFirstCamera: readonly string[] = [
  "sudo gatehousectl cameras add",
  '--name "Front gate"',
  "--url rtsp://192.0.2.10/stream1",
  "--user viewer",
  "--password-stdin",
  "--visibility public",
];
