/** Wide enough for a tile, small enough that a wall of them costs little. */
const kLargestPx = 960;

/** Draws the video's present frame into the canvas; false, with the canvas as it was, when there is none. */
export function keep_still(video: HTMLVideoElement, canvas: HTMLCanvasElement): boolean {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) {
    return false;
  }
  const context = canvas.getContext("2d");
  if (context === null) {
    return false;
  }
  const scale = Math.min(1, kLargestPx / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return true;
}
