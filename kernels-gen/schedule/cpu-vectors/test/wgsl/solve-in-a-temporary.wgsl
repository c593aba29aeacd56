@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((4225 * tokens) + 511) / 512)) { return; }
 let i_1 = 512 * group;
 let i_3 = 4225 * tokens;
 for (var step = 0; step < 64; step += 1) {
  let i_2 = i_1 + (lane + 8 * step);
  if (i_2 < i_3) {
   let i_4 = i32(u32(i_2) / 65u);
   let i_6 = i_4 - i32(u32(i_4) / 65u) * 65;
   let i_7 = i_2 - i_4 * 65;
   let f_10 = arg0[min(u32(65 * i32(u32(i_2) / 4225u) + i_7), u32((65 * tokens)) - 1u)];
   out[i_2] = select(select(0.0f, f_10, i_6 < i_7), 2.0f, i_6 == i_7);
  }
 }
}
