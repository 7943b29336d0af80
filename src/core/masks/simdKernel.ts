/**
 * A WebAssembly module, put together by hand (a compiler for 200 bytes would be another build step), that counts and
 * combines bit sets 16 bytes at a time. It has an imported memory `e.m` and these exports, where a, b and dst are
 * byte addresses and `bytes` is a multiple of 16 above 0:
 *
 *     popcount(a, bytes) -> i32          andCount(a, b, bytes) -> i32
 *     and(dst, a, b, bytes)              or(dst, a, b, bytes)              andNot(dst, a, b, bytes): a & ~b
 *
 * Opcodes: https://webassembly.github.io/spec/core/binary/instructions.html
 */
const I32 = 0x7f;
const V128 = 0x7b;
const EMPTY = 0x40;
const END = 0x0b;

const op = {
  loop: (body: number[]): number[] => [0x03, EMPTY, ...body, END],
  branchIf: (depth: number): number[] => [0x0d, depth],
  get: (local: number): number[] => [0x20, local],
  set: (local: number): number[] => [0x21, local],
  tee: (local: number): number[] => [0x22, local],
  constant: (value: number): number[] => [0x41, value],
  add: [0x6a],
  lessUnsigned: [0x49],
  // Alignment is a hint of 2^4 bytes; the offset is 0.
  load: [...simd(0), 4, 0],
  store: [...simd(11), 4, 0],
  and: simd(78),
  andNot: simd(79),
  or: simd(80),
  bitsOfBytes: simd(98),
  addBytesToI16: simd(125),
  addI16ToI32: simd(127),
  addI32: simd(174),
  lane: (index: number): number[] => [...simd(27), index],
};

function simd(code: number): number[] {
  return [0xfd, ...leb128(code)];
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  do {
    const rest = value >>> 7;
    bytes.push((value & 127) | (rest > 0 ? 128 : 0));
    value = rest;
  } while (value > 0);
  return bytes;
}

const sized = (bytes: number[]): number[] => [...leb128(bytes.length), ...bytes];
const vector = (items: number[][]): number[] => [...leb128(items.length), ...items.flat()];
const section = (id: number, bytes: number[]): number[] => [id, ...sized(bytes)];
const text = (name: string): number[] => sized(Array.from(name, (letter) => letter.charCodeAt(0)));

/** address += 16 */
const advance = (local: number): number[] => [
  ...op.get(local),
  ...op.constant(16),
  ...op.add,
  ...op.set(local),
];
/** Leaves on the stack whether address + 16 < end, and stores the sum. */
const advanceBelow = (local: number, end: number): number[] => [
  ...op.get(local),
  ...op.constant(16),
  ...op.add,
  ...op.tee(local),
  ...op.get(end),
  ...op.lessUnsigned,
];

/**
 * Locals: `operands` addresses, `bytes` (turned into the first operand's end), then the sum of four 32-bit lanes. A
 * lane takes at most 32 a step, so it is good for 2 GiB.
 */
function countFunction(operands: 1 | 2, combine: number[]): number[] {
  const end = operands;
  const sum = operands + 1;
  const body = [
    ...[...op.get(0), ...op.get(end), ...op.add, ...op.set(end)],
    ...op.loop([
      ...op.get(sum),
      ...(operands === 1
        ? [...op.get(0), ...op.load]
        : [...op.get(0), ...op.load, ...op.get(1), ...op.load, ...combine]),
      ...op.bitsOfBytes,
      ...op.addBytesToI16,
      ...op.addI16ToI32,
      ...op.addI32,
      ...op.set(sum),
      ...(operands === 2 ? advance(1) : []),
      ...advanceBelow(0, end),
      ...op.branchIf(0),
    ]),
    ...[0, 1, 2, 3].flatMap((lane) => [...op.get(sum), ...op.lane(lane)]),
    ...op.add,
    ...op.add,
    ...op.add,
    END,
  ];
  return sized([...vector([[1, V128]]), ...body]);
}

/** Locals: dst, a, b, bytes (turned into the end of dst). */
function combineFunction(combine: number[]): number[] {
  const [dst, a, b, end] = [0, 1, 2, 3];
  const body = [
    ...[...op.get(dst), ...op.get(end), ...op.add, ...op.set(end)],
    ...op.loop([
      ...op.get(dst),
      ...[...op.get(a), ...op.load, ...op.get(b), ...op.load, ...combine],
      ...op.store,
      ...advance(a),
      ...advance(b),
      ...advanceBelow(dst, end),
      ...op.branchIf(0),
    ]),
    END,
  ];
  return sized([...vector([]), ...body]);
}

const functionType = (parameters: number, results: number): number[] => [
  0x60,
  ...vector(Array.from({ length: parameters }, () => [I32])),
  ...vector(Array.from({ length: results }, () => [I32])),
];

/** The module's bytes. */
export function simdKernelBytes(): Uint8Array {
  const FUNCTIONS = [
    { name: 'popcount', type: 0, code: countFunction(1, []) },
    { name: 'andCount', type: 1, code: countFunction(2, op.and) },
    { name: 'and', type: 2, code: combineFunction(op.and) },
    { name: 'or', type: 2, code: combineFunction(op.or) },
    { name: 'andNot', type: 2, code: combineFunction(op.andNot) },
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([functionType(2, 1), functionType(3, 1), functionType(4, 0)])),
    ...section(2, vector([[...text('e'), ...text('m'), 0x02, 0x00, 0x01]])),
    ...section(3, vector(FUNCTIONS.map(({ type }) => [type]))),
    ...section(7, vector(FUNCTIONS.map(({ name }, index) => [...text(name), 0x00, index]))),
    ...section(10, vector(FUNCTIONS.map(({ code }) => code))),
  ]);
}
