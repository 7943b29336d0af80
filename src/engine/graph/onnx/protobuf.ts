const text = new TextEncoder();

/** Writer of the protobuf wire format into one growing buffer; as much of it as ONNX models need. */
export class ProtobufWriter {
  #bytes = new Uint8Array(16_384);
  #length = 0;

  /** Wire type 0; negative numbers as 64-bit two's complement. */
  int(field: number, value: number): void {
    this.#varint(field * 8);
    this.#varint(value);
  }

  /** Wire type 5. */
  float(field: number, value: number): void {
    this.#varint(field * 8 + 5);
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** Wire type 2. */
  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  string(field: number, value: string): void {
    this.bytes(field, text.encode(value));
  }

  /** An embedded message: written in place, then moved up to make room for its length. */
  message(field: number, write: () => void): void {
    this.#varint(field * 8 + 2);
    const start = this.#length;
    write();
    const size = this.#length - start;
    this.#varint(size);
    const prefix = this.#length - start - size;
    const lengthBytes = this.#bytes.slice(start + size, this.#length);
    this.#bytes.copyWithin(start + prefix, start, start + size);
    this.#bytes.set(lengthBytes, start);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #varint(value: number): void {
    this.#reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
