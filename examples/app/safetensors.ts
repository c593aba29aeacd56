/** Reads the float32 tensors of a small safetensors file by their names. */
export async function readTensors(url: string): Promise<Record<string, Float32Array>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const bytes = await response.arrayBuffer();
  const start = 8 + Number(new DataView(bytes).getBigUint64(0, true));
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(new Uint8Array(bytes, 8, start - 8)),
  );
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name, new Float32Array(bytes.slice(start + from, start + to))],
    ),
  );
}
