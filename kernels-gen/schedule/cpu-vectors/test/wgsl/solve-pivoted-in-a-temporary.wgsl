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
 let i_2 = 512 * group;
 let i_4 = 4225 * tokens;
 for (var step = 0; step < 64; step += 1) {
  let i_3 = i_2 + (lane + 8 * step);
  if (i_3 < i_4) {
   let i_5 = i32(u32(i_3) / 65u);
   let i_8 = -(i_5 - i32(u32(i_5) / 65u) * 65);
   let i_9 = i_3 - i_5 * 65;
   let f_12 = arg0[min(u32(65 * i32(u32(i_3) / 4225u) + i_9), u32((65 * tokens)) - 1u)];
   out[i_3] = select(select(0.0f, f_12, (i_8 + 64) < i_9), 4.0f, (i_8 + 64) == i_9);
  }
 }
}
