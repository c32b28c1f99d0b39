/**
 * One-dimensional arrays in PostgreSQL's binary format (array_send): a third of the work of quoting each text twice. `pg` sends a
 * Buffer as it is.
 */
const allocated = (oid: number, length: number, elementsSize: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length === 0 ? 12 : headerSize + elementsSize);
  // Dimensions, null bitmap, element type, length, lower bound. An empty array has no dimension and ends after the type.
  const words = length === 0 ? [0, 0, oid] : [1, 0, oid, length, 1];
  words.forEach((word, index) => bytes.writeInt32BE(word, index * 4));
  return bytes;
};

const headerSize = 20;

const fixed =
  <Value>(oid: number, size: number, write: (bytes: Buffer, value: Value, offset: number) => void) =>
  (values: readonly Value[]): Buffer => {
    const bytes = allocated(oid, values.length, values.length * (4 + size));
    values.forEach((value, index) => {
      const offset = headerSize + index * (4 + size);
      bytes.writeInt32BE(size, offset);
      write(bytes, value, offset + 4);
    });
    return bytes;
  };

export const integers = fixed<number>(23, 4, (bytes, value, offset) => bytes.writeInt32BE(value, offset));
export const bigints = fixed<number>(20, 8, (bytes, value, offset) => bytes.writeBigInt64BE(BigInt(value), offset));
export const uuids = fixed<string>(2950, 16, (bytes, value, offset) => bytes.write(value.replaceAll('-', ''), offset, 'hex'));

export const texts = (values: readonly string[]): Buffer => {
  const bytes = allocated(
    25,
    values.length,
    values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value, 'utf8'), 0),
  );
  let offset = headerSize;
  for (const value of values) {
    const written = bytes.write(value, offset + 4, 'utf8');
    bytes.writeInt32BE(written, offset);
    offset += 4 + written;
  }
  return bytes;
};
