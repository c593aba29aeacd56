/** Encodes an ONNX model of one product by hand (onnx.proto3, protocol buffers' wire format). */

/** The element types, from onnx.TensorProto.DataType. */
export const ELEMENT = { f32: 1, i64: 7, f16: 10 } as const;

/** Encodes a whole number below 2⁵³ as a varint; division works where 32-bit shifts would not. */
function varint(n: number): Buffer {
  const bytes: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) + 128);
  return Buffer.from([...bytes, n]);
}

const number = (field: number, n: number) => Buffer.concat([varint(field * 8), varint(n)]);
const message = (field: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const text = (field: number, s: string) => message(field, Buffer.from(s));

/** Encodes a NodeProto, named after its output. */
const node = (op: string, inputs: readonly string[], output: string) =>
  message(1, ...inputs.map((i) => text(1, i)), text(2, output), text(3, output), text(4, op));

const bytesOf = (a: ArrayBufferView) => Buffer.from(a.buffer, a.byteOffset, a.byteLength);

/** Encodes a TensorProto among the graph's initializers. */
const constant = (name: string, element: number, dims: readonly number[], values: ArrayBufferView) =>
  message(
    5,
    ...dims.map((d) => number(1, d)),
    number(2, element),
    text(8, name),
    message(9, bytesOf(values)),
  );

function output(name: string, element: number, dims: readonly number[]): Buffer {
  const shape = message(2, ...dims.map((d) => message(1, number(1, d))));
  return message(12, text(1, name), message(2, message(1, number(1, element), shape)));
}

export interface ProductModel {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly precision: 'f32' | 'f16';
  readonly x: ArrayBufferView;
  readonly W: ArrayBufferView;
  /** The rows of the product that are read back from the device. */
  readonly rows: readonly number[];
}

/** Encodes the product of constants x and W without inputs, so that a run moves only the sampled rows. */
export function productModel({ m, k, n, precision, x, W, rows }: ProductModel): Uint8Array {
  const element = ELEMENT[precision];
  const graph = message(
    7,
    node('MatMul', ['x', 'W'], 'y'),
    node('Gather', ['y', 'rows'], 'sampled'),
    text(2, 'product'),
    constant('x', element, [m, k], x),
    constant('W', element, [k, n], W),
    constant('rows', ELEMENT.i64, [rows.length], BigInt64Array.from(rows, BigInt)),
    output('sampled', element, [rows.length, n]),
  );
  const IR_VERSION = 8;
  const OPERATOR_SET = 17;
  return Buffer.concat([number(1, IR_VERSION), graph, message(8, text(1, ''), number(2, OPERATOR_SET))]);
}
