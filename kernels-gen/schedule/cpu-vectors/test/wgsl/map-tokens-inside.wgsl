enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f16>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((3 * tokens) + 23) / 24)) { return; }
 let i_2 = 24 * group;
 let i_4 = 3 * tokens;
 for (var step = 0; step < 3; step += 1) {
  let i_3 = i_2 + (lane + 8 * step);
  if (i_3 < i_4) {
   let i_5 = i32(u32(i_3) / u32(tokens));
   let i1 = i_3 - i_5 * tokens;
   out[i_3] = f16(arg0[i_5 + 3 * i1]);
  }
 }
}
