enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
fn nf4(code: u32) -> f32 {
  let b0 = (code & 1u) != 0u;
  let b1 = (code & 2u) != 0u;
  let b2 = (code & 4u) != 0u;
  let b3 = (code & 8u) != 0u;
  return select(select(select(select(-1.0f, -0.6961928009986877f, b0), select(-0.5250730514526367f, -0.39491748809814453f, b0), b1), select(select(-0.28444138169288635f, -0.18477343022823334f, b0), select(-0.09105003625154495f, 0.0f, b0), b1), b2), select(select(select(0.07958029955625534f, 0.16093020141124725f, b0), select(0.24611230194568634f, 0.33791524171829224f, b0), b1), select(select(0.44070982933044434f, 0.5626170039176941f, b0), select(0.7229568362236023f, 1.0f, b0), b1), b2), b3);
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= tokens * 6) { return; }
 let i_0 = i32(u32(group) / 6u);
 let col = group - i_0 * 6;
 var acc = 0.0f;
 let i_2 = 64 * i_0;
 let f_6 = bitcast<f32>(arg1[col + 48]);
 let i_8 = 8 * col;
 let f_14 = nf4(u32(lane) & 7u);
 let f_15 = nf4((u32(lane) & 7u) + 8u);
 for (var k0_block = 0; k0_block < 8; k0_block += 1) {
  let i_1 = 8 * k0_block + lane;
  let u_13 = (arg1[i_8 + (i_1 >> 3)] >> u32(4 * (i_1 & 7))) & 15u;
  let u_16 = u_13 & 7u;
  acc = fma(arg0[i_2 + i_1], select(subgroupShuffle(f_14, u_16), subgroupShuffle(f_15, u_16), u_13 > 7u) * f_6, acc);
 }
 acc = subgroupAdd(acc);
 if (lane < 1) {
  out[col + 6 * i_0] = acc;
 }
}
