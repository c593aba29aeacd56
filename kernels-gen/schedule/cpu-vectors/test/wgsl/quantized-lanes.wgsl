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
 let i_0 = (tokens + 0) / 1;
 if (group >= 6 * i_0) { return; }
 let i_1 = i32(u32(group) / 6u);
 let i_2 = group - i_1 * 6;
 let i_4 = i_1 - i32(u32(i_1) / u32(max(i_0, 1))) * i_0;
 let i_5 = min(i_4, tokens - 1);
 var acc_0 = f32();
 let i_6 = 64 * i_5;
 let f_10 = bitcast<f32>(arg1[i_2 + 48]);
 let i_11 = 8 * i_2;
 let f_16 = nf4(u32(lane) & 7u);
 let f_17 = nf4((u32(lane) & 7u) + 8u);
 for (var k0_first = 0; k0_first < 64; k0_first += 8) {
  let k0_at = k0_first + lane;
  let k0_chunk = k0_first >> 3;
  let u_15 = (arg1[i_11 + k0_chunk] >> u32(4 * lane)) & 15u;
  let u_18 = u_15 & 7u;
  let f_20 = select(subgroupShuffle(f_16, u_18), subgroupShuffle(f_17, u_18), u_15 > 7u) * f_10;
  acc_0 = fma(arg0[i_6 + k0_at], f_20, acc_0);
 }
 acc_0 = subgroupAdd(acc_0);
 if (lane == 0) {
  if (i_4 < tokens) {
   out[6 * i_5 + i_2] = acc_0;
  }
 }
}
