"""Reads the clock blocks of a simulated camera's picture (layout: simcam/README.md)."""

CELLS_ACROSS = 40
BITS_PER_ROW = 32
BITS = 64


def _cell_is_white(gray, width, height, column, row):
    """Mean of the middle half of a cell; None outside the picture."""
    side = width / CELLS_ACROSS
    left, right = int((column + 0.25) * side), max(int((column + 0.75) * side), int((column + 0.25) * side) + 1)
    top, bottom = int((row + 0.25) * side), max(int((row + 0.75) * side), int((row + 0.25) * side) + 1)
    if bottom > height or right > width:
        return None
    total = sum(gray[y * width + x] for y in range(top, bottom) for x in range(left, right))
    return total / ((right - left) * (bottom - top)) >= 126


def decode_word(word):
    """(camera, UTC milliseconds) of a 64-bit clock word, or None if sync or checksum is wrong."""
    data = word.to_bytes(8, "big")
    checksum = 0
    for byte in data[:7]:
        checksum ^= byte
    if data[0] >> 4 != 0b1010 or checksum != data[7]:
        return None
    return (word >> 52) & 0xFF, (word >> 8) & ((1 << 44) - 1)


def decode(gray, width, height):
    """(camera, UTC milliseconds) shown in `gray` (bytes, row-major, one byte a pixel), or None."""
    if width < CELLS_ACROSS or len(gray) < width * height:
        return None
    word = 0
    for bit in range(BITS):
        white = _cell_is_white(gray, width, height, 1 + bit % BITS_PER_ROW, 1 + bit // BITS_PER_ROW)
        if white is None:
            return None
        word = (word << 1) | int(white)
    return decode_word(word)
