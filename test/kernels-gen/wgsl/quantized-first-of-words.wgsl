@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
fn nf4(code: u32) -> f32 {
  let b0 = (code & 1u) != 0u;
  let b1 = (code & 2u) != 0u;
  let b2 = (code & 4u) != 0u;
  let b3 = (code & 8u) != 0u;
  return select(select(select(select(-1.0f, -0.6961928009986877f, b0), select(-0.5250730514526367f, -0.39491748809814453f, b0), b1), select(select(-0.28444138169288635f, -0.18477343022823334f, b0), select(-0.09105003625154495f, 0.0f, b0), b1), b2), select(select(select(0.07958029955625534f, 0.16093020141124725f, b0), select(0.24611230194568634f, 0.33791524171829224f, b0), b1), select(select(0.44070982933044434f, 0.5626170039176941f, b0), select(0.7229568362236023f, 1.0f, b0), b1), b2), b3);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (lane < 8) {
  out[lane] = nf4(arg0[lane] & 15u) * bitcast<f32>(arg0[(lane >> 2) + 8]);
 }
}
