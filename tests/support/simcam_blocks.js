// Reads the clock blocks of a simulated camera's picture (layout: simcam/README.md).
// decodeClockBlocks(imageData) -> {camera, utcMs}, or null when there is no intact clock in the picture.
// A plain script: it defines one global function, and exports it where there is `module`.
function decodeClockBlocks(imageData) {
  const { data, width, height } = imageData;
  const side = width / 40;
  if (side < 1) return null;
  const isWhite = (column, row) => {
    const left = Math.floor((column + 0.25) * side), right = Math.max(Math.floor((column + 0.75) * side), left + 1);
    const top = Math.floor((row + 0.25) * side), bottom = Math.max(Math.floor((row + 0.75) * side), top + 1);
    if (bottom > height || right > width) return null;
    let total = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const i = 4 * (y * width + x);
        total += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
      }
    }
    return total / ((right - left) * (bottom - top)) >= 126;
  };
  const bytes = new Array(8).fill(0);
  for (let bit = 0; bit < 64; bit++) {
    const white = isWhite(1 + (bit % 32), 1 + Math.floor(bit / 32));
    if (white === null) return null;
    if (white) bytes[bit >> 3] |= 0x80 >> (bit & 7);
  }
  const checksum = bytes.slice(0, 7).reduce((sum, byte) => sum ^ byte, 0);
  if (bytes[0] >> 4 !== 0b1010 || checksum !== bytes[7]) return null;
  const camera = ((bytes[0] & 0x0f) << 4) | (bytes[1] >> 4);
  let utcMs = bytes[1] & 0x0f;
  for (let i = 2; i < 7; i++) utcMs = utcMs * 256 + bytes[i];  // 44 bits: exact in a double
  return { camera, utcMs };
}
if (typeof module !== "undefined") module.exports = { decodeClockBlocks };
