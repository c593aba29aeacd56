/** Runs calls in sessions, as callers do. */
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import type { Session } from '../../../src/session/session.ts';
import type { HostTensor, TensorInput } from '../../../src/session/tensors.ts';
import type { Values } from '../../support/evaluate.ts';
import { type Call, isOwn, valuesOf } from '../calls.ts';

/** The tensors of a call as a session takes them. Quantised ones are in their format. */
export function tensorsOf(call: Call): {
  readonly inputs: Readonly<Record<string, TensorInput>>;
  readonly cotangents: Readonly<Record<string, HostTensor>>;
} {
  const { values, quantized } = valuesOf(call);
  const integers = new Set(
    call.program.bound.inputs.filter((i) => i.type.dtype === 'i32').map((i) => i.name),
  );
  const tensors = Object.entries(values).map(([name, { shape, values }]) => {
    const data = integers.has(name) ? Int32Array.from(values) : Float32Array.from(values);
    return [name, { shape, data }] as const;
  });
  return {
    inputs: {
      ...Object.fromEntries(tensors.filter(([name]) => isOwn(call, name))),
      ...quantized,
    },
    cotangents: Object.fromEntries(
      tensors
        .filter(([name]) => !isOwn(call, name))
        .map(([name, t]) => [name.replace(/^grad\./, ''), t] as const),
    ),
  };
}

/** Runs a call, perhaps in the merged session, and disposes of the session. */
export async function inSession(
  session: Session,
  call: Call,
  how: 'plain' | 'merged' = 'plain',
): Promise<Values> {
  const { inputs, cotangents } = tensorsOf(call);
  const { tokens } = call;
  let own = session;
  try {
    const parameters = call.program.bound.inputs.filter((i) => i.role !== 'input').map((i) => i.name);
    const isOpen = ([name]: readonly [string, unknown]) => how === 'plain' || !parameters.includes(name);
    const all = Object.entries(inputs);
    if (how === 'merged') {
      session.bind(Object.fromEntries(all.filter((i) => !isOpen(i))));
      own = await session.merge();
    }
    const open = Object.fromEntries(all.filter(isOpen));
    const outputs = await (call.gradients
      ? own.gradients(open, cotangents, { tokens })
      : own.run(open, { tokens }));
    const read = await outputs.readAll();
    outputs.destroy();
    return Object.fromEntries(
      Object.entries(read).map(([name, { data, shape }]) => [name, tensor(shape, Float64Array.from(data))]),
    );
  } finally {
    if (own !== session) await own.dispose();
    await session.dispose();
  }
}
