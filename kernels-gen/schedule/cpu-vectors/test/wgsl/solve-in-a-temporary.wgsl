@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((4225 * tokens) + 511) / 512) { return; }
 for (var step = 0; step < 64; step += 1) {
  let i = group * 512 + step * 8 + lane;
  if (i < (4225 * tokens)) {
   let i_0 = i32(u32(i) / 65u);
   let i_2 = i_0 - i32(u32(i_0) / 65u) * 65;
   let i_3 = i - i_0 * 65;
   let i_4 = i32(u32(i) / 4225u);
   out[i] = select(select(0.0f, arg0[min(u32(65 * i_4 + i_3), u32((65 * tokens)) - 1u)], i_2 < i_3), 2.0f, i_2 == i_3);
  }
 }
}
