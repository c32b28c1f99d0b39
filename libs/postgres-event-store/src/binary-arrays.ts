/**
 * One-dimensional arrays in PostgreSQL's binary format (array_send): a third of the work of quoting each text twice. `pg` sends a
 * Buffer as it is.
 */
const header = (oid: number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(20);
  // Dimensions, null bitmap, element type, length, lower bound. An empty array has no dimension and ends after the type.
  [length === 0 ? 0 : 1, 0, oid, length, 1].forEach((word, index) => bytes.writeInt32BE(word, index * 4));
  return length === 0 ? bytes.subarray(0, 12) : bytes;
};

const fixed =
  <Value>(oid: number, size: number, write: (bytes: Buffer, value: Value, offset: number) => void) =>
  (values: readonly Value[]): Buffer => {
    const bytes = Buffer.allocUnsafe(values.length * (4 + size));
    values.forEach((value, index) => {
      const offset = index * (4 + size);
      bytes.writeInt32BE(size, offset);
      write(bytes, value, offset + 4);
    });
    return Buffer.concat([header(oid, values.length), bytes]);
  };

export const integers = fixed<number>(23, 4, (bytes, value, offset) => bytes.writeInt32BE(value, offset));
export const bigints = fixed<number>(20, 8, (bytes, value, offset) => bytes.writeBigInt64BE(BigInt(value), offset));
export const uuids = fixed<string>(2950, 16, (bytes, value, offset) => bytes.write(value.replaceAll('-', ''), offset, 'hex'));

export const texts = (values: readonly string[]): Buffer => {
  const start = header(25, values.length);
  // UTF-8 needs at most three bytes a UTF-16 unit.
  const bytes = Buffer.allocUnsafe(start.length + values.reduce((sum, value) => sum + 4 + value.length * 3, 0));
  let offset = start.copy(bytes);
  for (const value of values) {
    const written = bytes.write(value, offset + 4, 'utf8');
    bytes.writeInt32BE(written, offset);
    offset += 4 + written;
  }
  return bytes.subarray(0, offset);
};
